"""Measures are computed from packed records of what happened."""

"""Figures about a trained bundle on later rows."""

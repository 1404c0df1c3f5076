"""Packed records of the store, kept up to date."""

"""Decisions for everybody of a list."""

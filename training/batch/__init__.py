"""Decisions for many customers at once, from tables."""

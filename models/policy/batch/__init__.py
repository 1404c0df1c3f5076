"""Decisions for many customers at once, and whom to contact next."""

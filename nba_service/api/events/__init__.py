"""Interactions and outcomes over HTTP."""

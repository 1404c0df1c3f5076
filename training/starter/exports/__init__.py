"""Exports of common tools, recognised and made tables."""

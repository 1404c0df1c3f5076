"""Decisions about people of accounts."""

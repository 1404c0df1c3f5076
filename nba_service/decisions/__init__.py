"""Decisions from call to answer."""

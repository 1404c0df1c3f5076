"""Reads that every decision needs."""

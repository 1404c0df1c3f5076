"""Simulated logs: the four tables that a company would have."""

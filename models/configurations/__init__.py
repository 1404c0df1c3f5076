"""Configurations that can be delivered, and what is asked for in vain."""

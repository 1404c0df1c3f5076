"""Configurations that can be delivered, as decisions and callers ask for them."""

"""Customers, their profiles and consents, and what happens with them."""

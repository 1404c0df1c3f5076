"""Kinds of worlds: who the customers are, and what the records tell of their phase."""

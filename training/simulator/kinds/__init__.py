"""Kinds of worlds.

Who the customers are, and what the records tell of their phase.
"""

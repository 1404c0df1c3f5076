"""Measures: rollups of what happened, and what they say."""

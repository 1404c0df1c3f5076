"""Writes: batches, group commit, person versions, aliases, attribution."""

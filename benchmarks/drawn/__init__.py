"""Policies compared over companies drawn at random: ``python -m benchmarks.drawn``."""

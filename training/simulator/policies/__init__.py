"""Policies to compare in a world, from doing nothing to the planner."""

"""Segment HTTP tracking, for its libraries as they are."""

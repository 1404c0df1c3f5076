"""Rows: moments of decision with what followed, split by time."""

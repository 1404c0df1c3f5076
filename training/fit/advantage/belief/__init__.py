"""Learns how far stated phases are to be believed."""

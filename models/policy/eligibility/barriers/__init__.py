"""Barriers, a sort a module; the folder above has the others."""

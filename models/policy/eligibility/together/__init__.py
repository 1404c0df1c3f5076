"""Barriers asked for many customers at once; the folder above asks one."""

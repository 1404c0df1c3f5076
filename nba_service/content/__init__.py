"""Texts of the chosen actions.

Liquid templates of the journey file, rendered with limits.
"""

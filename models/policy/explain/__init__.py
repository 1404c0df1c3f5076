"""Explanations of decisions in figures and words.

Presentation only: nothing that decides imports it.
"""

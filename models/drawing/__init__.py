"""Drawings as SVG text, for the console and the training report."""

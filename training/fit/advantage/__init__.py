"""Learns the advantage of treatments from a randomised log.

A log whose probabilities are known.
"""

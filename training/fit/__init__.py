"""Fitting the models."""

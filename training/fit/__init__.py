"""Fitting the models and what a bundle carries beside them."""

"""Training on buckets of customers."""

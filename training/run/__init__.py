"""One training run from tables to a published bundle."""

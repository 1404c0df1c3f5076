"""A plain experiment, one row a customer, as a journey and tables."""

"""Which treatments are candidates for a customer, and what ruled out the others."""

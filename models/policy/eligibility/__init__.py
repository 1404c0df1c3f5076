"""Which treatments are candidates, and what ruled out the others."""

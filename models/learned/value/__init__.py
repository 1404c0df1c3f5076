"""The journey value: expected EUR from a phase and a customer onwards."""

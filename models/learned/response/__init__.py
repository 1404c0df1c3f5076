"""The response model: how likely a positive outcome is after a treatment."""

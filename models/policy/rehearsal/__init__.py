"""Past decisions under another policy, and prices of bounds."""

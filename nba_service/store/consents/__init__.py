"""What people said of consents, kept for good."""

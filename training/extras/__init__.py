"""What a bundle carries for the service besides its models."""

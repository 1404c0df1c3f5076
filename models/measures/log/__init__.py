"""What happened, as records that measures read."""

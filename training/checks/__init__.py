"""What is in a log that would mislead a training, in sentences."""

"""Features: what is built, for whom, and how; one builder for training and serving."""

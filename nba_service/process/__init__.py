"""What one process needs before anything else: file locks, logs, thread limits."""

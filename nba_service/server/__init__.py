"""gunicorn: configuration, master, worker and the checks before it listens."""

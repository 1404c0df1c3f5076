"""Health, readiness, metrics and bundles over HTTP."""

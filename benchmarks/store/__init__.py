"""The store alone: exact limits, group commit, and months on PostgreSQL."""

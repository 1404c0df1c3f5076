"""The records of the service itself.

API keys, idempotency keys, free choices, the audit log.
"""

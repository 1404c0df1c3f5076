"""A service of the car maker."""

from tests.configured_service import app, client, clock, service

__all__ = ["app", "client", "clock", "service"]

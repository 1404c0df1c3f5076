"""The HTTP API of the service itself: routes and their schemas."""

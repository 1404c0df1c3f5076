"""Commands for what asks the service: pages and assistants."""

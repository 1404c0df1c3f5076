"""Tools for assistants (Model Context Protocol) that ask a running service."""

"""Tables in and out of the store, and what may be forgotten."""

"""Lists of whom to contact over HTTP."""

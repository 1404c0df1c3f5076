"""What version 0.1 decided, so that later versions can be held to it."""

"""For clients that exist: each module answers one tool's requests in that tool's own words."""

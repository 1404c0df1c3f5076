"""For clients that exist.

Each module answers one tool's requests in that tool's own words.
"""

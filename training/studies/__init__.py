"""Studies of bundles on a log.

What they would have earned, and how they differ; nothing is published.
"""

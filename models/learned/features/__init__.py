"""One feature builder for training and serving.

What is built, for whom, and how.
"""

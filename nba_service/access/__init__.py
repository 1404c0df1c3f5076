"""Who may do what.

API keys, how a request shows one, and the one place where it is checked.
"""

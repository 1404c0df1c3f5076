"""The engines that decide.

Where they come from, how they are loaded, checked and watched.
"""

"""World files describe simulated worlds.

Names and numbers, checked against the world's journey.
"""

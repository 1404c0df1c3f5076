"""Worlds with known truth.

Customers who move by stated equations, their logs, and the best one can do. Knows how simulated customers
respond, move, tire and leave; knows nothing of how a model learns from them. ``docs/how-to/add-a-world.md``
says how to add one.
"""

"""Decision quality: how much of what is possible each policy earns, in worlds whose truth is known.

``python -m benchmarks.quality`` simulates logs, lets our models and their rivals learn from the same rows
and features, and lives a year under each. Development only: the rivals are not part of the product.
"""

"""What the service tells its operators.

Metrics, logs, traces, and how far the population has drifted. Nothing personal leaves here: labels are names
of the journey file, routes are templates, customers appear as salted hashes. The parts are put together by
``services.py``; a part that fails never fails a decision.
"""

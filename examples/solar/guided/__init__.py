"""The guided journey: from a mail to the own dashboard, each page ending in one decided next step.

Mounted at `/guided` in front of the service, which it asks like any other caller. One house, one source of
its figures (`../roof.py`): every page, the mail and the adviser read the same.
"""

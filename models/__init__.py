"""The core: what a decision is and how it is made.

Pure and typed; no Flask, no SQL.
"""

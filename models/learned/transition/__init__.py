"""The phase-transition model.

Where customers go next, and what a treatment changes in that.
"""

"""What a treatment adds to doing nothing, in EUR.

Tables, and a belief over phases that may be misread.
"""

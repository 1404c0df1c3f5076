"""What a treatment adds to doing nothing, in EUR: tables, and a belief over phases that may be misread."""

"""The packed past of each person, kept by every write."""

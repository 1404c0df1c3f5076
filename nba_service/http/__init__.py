"""What every route shares: bodies, problems, deadlines and the reference."""

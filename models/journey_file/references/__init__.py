"""What one part of a journey file says about another."""

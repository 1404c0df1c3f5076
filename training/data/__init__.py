"""From files to the four tables."""

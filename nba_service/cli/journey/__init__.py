"""The commands of ``nba journey``."""

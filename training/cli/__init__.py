"""Commands of training: ``nba train``, ``nba tables``, ``nba compare``."""

from training.cli.compare import compare
from training.cli.tables import tables
from training.cli.train import train

__all__ = ["compare", "tables", "train"]

"""Commands of training.

``nba train``, ``tables``, ``compare``, ``backtest`` and ``learning-curve``.
"""

from training.cli.backtest import backtest, learning_curve
from training.cli.compare import compare
from training.cli.tables import tables
from training.cli.train import train

__all__ = ["backtest", "compare", "learning_curve", "tables", "train"]

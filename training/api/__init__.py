"""Training from Python: tables to a policy that may decide.

The commands are built on these calls, so a notebook and a terminal give the same bits. How to:
docs/how-to/python.md.
"""

from training.api.comparing import NOTHING, compare
from training.api.data import load_tables, read_settings, tables_from_frames
from training.api.estimator import NextBestAction
from training.api.fitting import Evaluation, PolicyFigure, evaluate, fit, promote, train
from training.api.policy import Policy, load_bundle
from training.run.cache import Cache
from training.run.dataset import Dataset
from training.run.progress import Progress
from training.run.result import TrainingResult
from training.studies.compare import Comparison

__all__ = [
    "NOTHING",
    "Cache",
    "Comparison",
    "Dataset",
    "Evaluation",
    "NextBestAction",
    "Policy",
    "PolicyFigure",
    "Progress",
    "TrainingResult",
    "compare",
    "evaluate",
    "fit",
    "load_bundle",
    "load_tables",
    "promote",
    "read_settings",
    "tables_from_frames",
    "train",
]

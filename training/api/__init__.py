"""Training from Python: tables to a policy that may decide.

The commands are built on these calls, so a notebook and a terminal give the same bits. How to:
docs/how-to/python.md.
"""

from training.api.checking import check
from training.api.comparing import NOTHING, compare
from training.api.data import load_tables, read_settings, tables_from_frames
from training.api.estimator import NextBestAction
from training.api.fitting import Evaluation, PolicyFigure, evaluate, fit, promote, train
from training.api.policy import Policy, load_bundle
from training.checks.finding import Finding
from training.evaluation.figures.power import customers_for_means, customers_for_rates
from training.evaluation.figures.targeting import (
    areas,
    qini_coefficient,
    qini_curve,
    uplift_curve,
)
from training.experiment.arms import ArmFigures, arm_figures
from training.experiment.as_dataset import as_dataset
from training.experiment.read import Experiment, read_experiment
from training.run.cache import Cache
from training.run.dataset import Dataset
from training.run.progress import Progress
from training.run.result import TrainingResult
from training.run.tracking import EXPERIMENT, track
from training.studies.backtest import Backtest, backtest
from training.studies.compare import Comparison
from training.studies.learning_curve import LearningCurve, learning_curve

__all__ = [
    "EXPERIMENT",
    "NOTHING",
    "ArmFigures",
    "Backtest",
    "Cache",
    "Comparison",
    "Dataset",
    "Evaluation",
    "Experiment",
    "Finding",
    "LearningCurve",
    "NextBestAction",
    "Policy",
    "PolicyFigure",
    "Progress",
    "TrainingResult",
    "areas",
    "arm_figures",
    "as_dataset",
    "backtest",
    "check",
    "compare",
    "customers_for_means",
    "customers_for_rates",
    "evaluate",
    "fit",
    "learning_curve",
    "load_bundle",
    "load_tables",
    "promote",
    "qini_coefficient",
    "qini_curve",
    "read_experiment",
    "read_settings",
    "tables_from_frames",
    "track",
    "train",
    "uplift_curve",
]

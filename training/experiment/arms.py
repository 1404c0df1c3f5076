"""What each arm of an experiment brought more than the control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Mask
from models.statistics import NORMAL_95
from training.evaluation.off_policy.bootstrap import Estimate
from training.experiment.read import Experiment


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFigures:
    """One arm.

    ``mean``: of the outcome per customer; ``more``: than in the control, with its 95 % interval; None: it is
    the control.
    """

    name: str
    customers: int
    mean: float
    more: Estimate | None


def arm_figures(experiment: Experiment) -> tuple[ArmFigures, ...]:
    """Means weighted by one over the probability, and Welch's intervals of their differences.

    With one probability an arm these are the plain means, and the standard error is the usual one.
    """
    means = [_mean(experiment, experiment.arm == code) for code in range(len(experiment.arms))]
    control, spread = means[0]
    figures = []
    for code, name in enumerate(experiment.arms):
        mean, error = means[code]
        reach = NORMAL_95 * float(np.hypot(error, spread))
        gain = mean - control
        figures.append(
            ArmFigures(
                name=name,
                customers=int((experiment.arm == code).sum()),
                mean=mean,
                more=Estimate(value=gain, low=gain - reach, high=gain + reach) if code else None,
            )
        )
    return tuple(figures)


def _mean(experiment: Experiment, mine: Mask) -> tuple[float, float]:
    """Weighted mean of an arm and its standard error."""
    weight: Floats = 1.0 / experiment.probability[mine]
    outcome, n = experiment.outcome[mine], int(mine.sum())
    mean = float((weight * outcome).sum() / weight.sum())
    surprise = weight * (outcome - mean)
    correction = n / max(n - 1, 1)
    return mean, float(np.sqrt(correction * (surprise**2).sum()) / weight.sum())

"""Rival: MABWiser's LinUCB on the reward within the horizon, one ridge regression a treatment.

Contexts are the customer features, standardised, with missing ones at their mean and categories (phases
among them) as indicators. LinUCB's bonus is a small one: after a year of log there is little left to explore.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np

from benchmarks.quality.cell import Lesson
from benchmarks.quality.seen import Seen, Worth
from models.arrays import Floats
from models.learned.features.spec import FeatureSpec

ALPHA: Final = 0.1
RIDGE: Final = 10.0
LARGEST: Final = 5.0
MOST_ROWS: Final = 400_000
MOST_CODES: Final = 32


class Standard:
    """Customer features as a linear model wants them."""

    def __init__(self, spec: FeatureSpec, x: Any) -> None:
        self._codes = list(spec.customer_categorical)
        self._numbers = [c for c in range(x.shape[1]) if c not in set(self._codes)]
        logged = _squeezed(x[:, self._numbers])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # columns without any value
            self._mean = np.nan_to_num(np.nanmean(logged, axis=0))
            self._scale = np.nan_to_num(np.nanstd(logged, axis=0))
        self._scale[self._scale < 1e-6] = np.inf
        self._widths = [int(min(np.nan_to_num(x[:, c]).max(initial=0) + 1, MOST_CODES)) for c in self._codes]

    def of(self, x: Any) -> Floats:
        """Shape (n, K); the last column is one."""
        numbers = np.nan_to_num((_squeezed(x[:, self._numbers]) - self._mean) / self._scale)
        parts = [np.clip(numbers, -LARGEST, LARGEST)]
        for column, width in zip(self._codes, self._widths, strict=True):
            codes = np.nan_to_num(x[:, column], nan=-1).astype(int)
            parts.append((codes[:, None] == np.arange(width)).astype(np.float64))
        return np.hstack((*parts, np.ones((len(x), 1))))


def _squeezed(x: Any) -> Floats:
    """Counts, days and money as signed logarithms: a linear model is at home there."""
    values = np.asarray(x, dtype=np.float64)
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def linucb_ranking(spec: FeatureSpec, lesson: Lesson, rng: np.random.Generator) -> Worth:
    """Worth: MABWiser's upper bound of the reward."""
    from mabwiser.mab import MAB, LearningPolicy

    lesson = lesson.thinned(MOST_ROWS, rng)
    standard = Standard(spec, lesson.customer_x)
    arms = np.unique(lesson.treatment)
    mab = MAB([int(arm) for arm in arms], LearningPolicy.LinUCB(alpha=ALPHA, l2_lambda=RIDGE))
    mab.fit(lesson.treatment.astype(int), lesson.reward, standard.of(lesson.customer_x))
    position = {int(arm): k for k, arm in enumerate(arms)}

    def of(seen: Seen) -> Floats:
        expected = mab.predict_expectations(standard.of(seen.customer_x))
        several = expected if isinstance(expected, list) else [expected]
        table = np.array([[row[int(arm)] for arm in arms] for row in several])
        column = np.array([position.get(int(t), -1) for t in range(int(seen.treatment.max()) + 1)])
        found = column[seen.treatment]
        return np.where(found >= 0, table[seen.row, found], -np.inf)

    return of

"""The expected reward of each treatment.

For doubly robust estimates only. Boosted trees on the customer alone, plus what each treatment added in each
phase, shrunk to what it added overall. It only has to explain noise away: DR stays right when it is wrong.

Cross-fitted: customers are dealt into folds, and what is expected of a row comes from a model that was
fitted without that row's customer. A model that knew the customer's own rewards would explain the very
noise it is subtracted from, and the interval would come out too narrow.

Sources: Chernozhukov et al., "Double/debiased machine learning", The Econometrics Journal 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import Codes, Floats, Floats32, Ints
from models.learned.trees.trees import Trees
from training.fit.prepared import Prepared

FOLDS: Final = 3
MOST_ROWS: Final = 60_000
"""Rows that the reward models learn from, drawn at random: they only have to explain noise away."""
SHRINK: Final = 200.0  # rows that a phase needs to speak for itself
_FEWEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RewardModel:
    """Expected reward by trees, and what treatments add.

    ``trees``: None with too few rows; ``effect``: shape (P, T), added by the treatment in the phase.
    """

    trees: Trees | None
    mean: float
    effect: Floats

    def expected(self, customer_x: Floats32, phase: Codes) -> Floats:
        """Expected reward: shape (n, T)."""
        base = self.mean if self.trees is None else self.trees.raw_scores(customer_x)[:, None]
        result: Floats = base + self.effect[phase]
        return result


def cross_fitted(prepared: Prepared, fit: Ints, use: Ints, rng: np.random.Generator) -> Floats:
    """Expected reward of every treatment in the rows ``use``, by models that never saw their customers.

    Args:
        fit: positions of the rows to learn from, ``MOST_ROWS`` of them at most; those of a fold's customers
            are left out for it.
        use: shape (k,). Positions of the rows to judge.
        rng: draws rows and deals the customers into folds.

    Returns:
        Shape (k, T).
    """
    customer, phase = prepared.rows.customer, prepared.situations.phase
    if len(fit) > MOST_ROWS:
        fit = np.sort(rng.choice(fit, MOST_ROWS, replace=False))
    fold = customer_folds(int(customer.max()) + 1, rng)[customer]
    fit = fit[np.isfinite(prepared.rows.reward[fit])]
    lesson = _Lesson(
        prepared.customer_x[fit], phase[fit], prepared.rows.treatment[fit], prepared.rows.reward[fit]
    )
    shape = (len(prepared.journey.phases), len(prepared.journey.treatments))
    expected = np.empty((len(use), shape[1]))
    for number in range(FOLDS):
        mine = use[fold[use] == number]
        model = lesson.learn(np.flatnonzero(fold[fit] != number), shape)
        expected[fold[use] == number] = model.expected(prepared.customer_x[mine], phase[mine])
    return expected


def customer_folds(n_customers: int, rng: np.random.Generator) -> Ints:
    """The fold of each customer, as even as can be: shape (n_customers,)."""
    return rng.permutation(n_customers).astype(np.int64) % FOLDS


class _Lesson:
    """n rows with known rewards; LightGBM's bins of them are made once for all folds."""

    def __init__(self, customer_x: Floats32, phase: Codes, treatment: Any, reward: Floats) -> None:
        self._phase, self._treatment, self._reward = phase, treatment, reward
        self._bins = _bins(customer_x, reward) if len(reward) >= _FEWEST else None

    def learn(self, rows: Ints, shape: tuple[int, int]) -> RewardModel:
        """From the rows at some positions. ``shape``: number of phases and of treatments."""
        reward = self._reward[rows]
        mean = float(reward.mean()) if len(rows) else 0.0
        trees, prediction = None, np.full(len(rows), mean)
        if self._bins is not None and len(rows) >= _FEWEST:
            trees, prediction = _grown(self._bins, rows)
        effect = shrunk_effects(reward - prediction, self._phase[rows], self._treatment[rows], shape)
        return RewardModel(trees=trees, mean=mean, effect=effect)


_SETTINGS: Final = {
    "objective": "regression",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "verbosity": -1,
    "seed": 1,
}


def _bins(customer_x: Floats32, reward: Floats) -> Any:
    import lightgbm

    return lightgbm.Dataset(customer_x, reward, params=_SETTINGS).construct()


def _grown(bins: Any, rows: Ints) -> tuple[Trees, Floats]:
    """Trees from some of the rows, and what they say of these: shape (k,)."""
    import lightgbm

    booster = lightgbm.train(_SETTINGS, bins.subset(rows), num_boost_round=60, keep_training_booster=True)
    predictions: list[Floats] = []

    def keep(prediction: Floats, _: Any) -> tuple[str, float, bool]:
        predictions.append(prediction.copy())
        return "kept", 0.0, True

    booster.eval_train(keep)
    return Trees.from_model_string(booster.model_to_string()), predictions[0]


def shrunk_effects(left: Floats, phase: Any, treatment: Any, shape: tuple[int, int]) -> Floats:
    """Mean of ``left`` in each phase and treatment, shrunk to that of the treatment: shape (P, T)."""
    overall = np.bincount(treatment, left, shape[1]) / (np.bincount(treatment, minlength=shape[1]) + SHRINK)
    cell = phase.astype(np.int64) * shape[1] + treatment
    n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    total = np.bincount(cell, left, shape[0] * shape[1]).reshape(shape)
    result: Floats = (total + SHRINK * overall) / (n + SHRINK)
    return result

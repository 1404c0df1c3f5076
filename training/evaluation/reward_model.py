"""Reward model: the expected reward of each treatment, for doubly robust estimates only.

Boosted trees on the customer alone, plus what each treatment added in each phase, shrunk to what it
added overall. It only has to explain noise away: DR stays right when it is wrong.

Cross-fitted: customers are dealt into folds, and what is expected of a row comes from a model that was
fitted without that row's customer. A model that knew the customer's own rewards would explain the very
noise it is subtracted from, and the interval would come out too narrow.

Sources: Chernozhukov et al., "Double/debiased machine learning", The Econometrics Journal 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.fit import Prepared

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Features = NDArray[np.float32]
Phases = NDArray[np.int32]

FOLDS: Final = 3
MOST_ROWS: Final = 60_000
"""Rows that the reward models learn from, drawn at random: they only have to explain noise away."""
SHRINK: Final = 200.0  # rows that a phase needs to speak for itself
_FEWEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RewardModel:
    """``booster``: None with too few rows; ``effect``: shape (P, T), added by the treatment in the phase."""

    booster: Any
    mean: float
    effect: Floats

    def expected(self, customer_x: Features, phase: Phases) -> Floats:
        """Expected reward: shape (n, T)."""
        base = self.mean if self.booster is None else self.booster.predict(customer_x, num_threads=2)[:, None]
        result: Floats = base + self.effect[phase]
        return result


def fit_reward_model(prepared: Prepared, rows: Ints) -> RewardModel:
    """Fit on ``rows`` (positions) whose reward is known. For rows of other customers than these only."""
    rows = rows[np.isfinite(prepared.rows.reward[rows])]
    return fit_rewards(
        prepared.customer_x[rows],
        prepared.situations.phase[rows],
        prepared.rows.treatment[rows],
        prepared.rows.reward[rows],
        (len(prepared.journey.phases), len(prepared.journey.treatments)),
    )


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
    found = np.empty((len(use), len(prepared.journey.treatments)))
    for number in range(FOLDS):
        mine = fold[use] == number
        model = fit_reward_model(prepared, fit[fold[fit] != number])
        found[mine] = model.expected(prepared.customer_x[use[mine]], phase[use[mine]])
    return found


def customer_folds(n_customers: int, rng: np.random.Generator) -> Ints:
    """The fold of each customer, as even as can be: shape (n_customers,)."""
    return rng.permutation(n_customers).astype(np.int64) % FOLDS


def fit_rewards(
    customer_x: Features, phase: Phases, treatment: Any, reward: Floats, shape: tuple[int, int]
) -> RewardModel:
    """Fit on n rows. ``shape``: number of phases and of treatments."""
    booster = _grow(customer_x, reward) if len(reward) >= _FEWEST else None
    mean = float(reward.mean()) if len(reward) else 0.0
    left = reward - (mean if booster is None else booster.predict(customer_x, num_threads=2))
    return RewardModel(booster=booster, mean=mean, effect=shrunk_effects(left, phase, treatment, shape))


def _grow(customer_x: Features, reward: Floats) -> Any:
    import lightgbm

    settings = {
        "objective": "regression",
        "learning_rate": 0.1,
        "num_leaves": 15,
        "min_data_in_leaf": 100,
        "num_threads": 2,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "seed": 1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(customer_x, reward), num_boost_round=60)


def shrunk_effects(left: Floats, phase: Any, treatment: Any, shape: tuple[int, int]) -> Floats:
    """Mean of ``left`` in each phase and treatment, shrunk to that of the treatment: shape (P, T)."""
    overall = np.bincount(treatment, left, shape[1]) / (np.bincount(treatment, minlength=shape[1]) + SHRINK)
    cell = phase.astype(np.int64) * shape[1] + treatment
    n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    total = np.bincount(cell, left, shape[0] * shape[1]).reshape(shape)
    result: Floats = (total + SHRINK * overall) / (n + SHRINK)
    return result

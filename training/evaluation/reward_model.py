"""Reward model: the expected reward of each treatment, for doubly robust estimates only.

Boosted trees on the customer alone, plus what each treatment added in each phase, shrunk to what it
added overall. It only has to explain noise away: DR stays right when it is wrong. Fitted on the training
parts, used on the test part, so it never saw the rewards that it helps to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.fit import Prepared

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHRINK: Final = 200.0  # rows that a phase needs to speak for itself
_FEWEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RewardModel:
    """``booster``: None with too few rows; ``effect``: shape (P, T), added by the treatment in the phase."""

    booster: Any
    mean: float
    effect: Floats

    def expected(self, customer_x: NDArray[np.float32], phase: NDArray[np.int32]) -> Floats:
        """Expected reward: shape (n, T)."""
        base = self.mean if self.booster is None else self.booster.predict(customer_x, num_threads=2)[:, None]
        result: Floats = base + self.effect[phase]
        return result


def fit_reward_model(prepared: Prepared, rows: Ints) -> RewardModel:
    """Fit on ``rows`` (positions) whose reward is known."""
    rows = rows[np.isfinite(prepared.rows.reward[rows])]
    reward = prepared.rows.reward[rows]
    customer_x, phase = prepared.customer_x[rows], prepared.situations.phase[rows]
    booster = _grow(customer_x, reward) if len(rows) >= _FEWEST else None
    mean = float(reward.mean()) if len(rows) else 0.0
    left = reward - (mean if booster is None else booster.predict(customer_x, num_threads=2))
    shape = (len(prepared.journey.phases), len(prepared.journey.treatments))
    return RewardModel(
        booster=booster, mean=mean, effect=_effects(left, phase, prepared.rows.treatment[rows], shape)
    )


def _grow(customer_x: NDArray[np.float32], reward: Floats) -> Any:
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


def _effects(left: Floats, phase: Any, treatment: Any, shape: tuple[int, int]) -> Floats:
    overall = np.bincount(treatment, left, shape[1]) / (np.bincount(treatment, minlength=shape[1]) + SHRINK)
    cell = phase.astype(np.int64) * shape[1] + treatment
    n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    total = np.bincount(cell, left, shape[0] * shape[1]).reshape(shape)
    result: Floats = (total + SHRINK * overall) / (n + SHRINK)
    return result

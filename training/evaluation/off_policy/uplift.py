"""Uplift ranking, the rival that many start with.

What each treatment adds to the reward of this decision. A T-learner: one regression on the rows with a
contact, candidate features included, one on the rows without; a treatment's worth is their difference, so
that doing nothing is worth 0. Knows rewards of one decision; knows nothing of where a decision leads.

Source: Künzel et al., "Metalearners for estimating heterogeneous treatment effects", PNAS 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Floats32
from models.learned.trees.trees import Trees
from training.fit.prepared import Prepared
from training.rows.split import Part

MOST_ROWS: Final = 60_000
FEWEST: Final = 500
"""Rows of each kind; with fewer there is no ranking."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uplift:
    """Expected reward with a contact, and without.

    With: from customer and candidate features; without: from the former.
    """

    contacted: Trees
    alone: Trees

    def worth(self, customer_x: Floats32, candidate_x: Floats32, row: Any, treatment: Any) -> Floats:
        """EUR more than doing nothing: shape (m,) for m candidates of the customers (n, F)."""
        added = self.contacted.raw_scores_split(customer_x, candidate_x, row)
        added -= self.alone.raw_scores(customer_x)[row]
        return np.where(treatment > 0, added, 0.0)


def fit_uplift(prepared: Prepared, rng: np.random.Generator) -> Uplift | None:
    """Fit on the training and calibration rows; None where either kind of row is too rare."""
    rows, spec = prepared.rows, prepared.spec
    known = np.flatnonzero((prepared.split.part < Part.TEST) & np.isfinite(rows.reward))
    if len(known) > MOST_ROWS:
        known = np.sort(rng.choice(known, MOST_ROWS, replace=False))
    acted, left = known[rows.treatment[known] > 0], known[rows.treatment[known] == 0]
    if min(len(acted), len(left)) < FEWEST:
        return None
    shared = len(spec.customer_names)
    categorical = [*spec.customer_categorical, *(shared + column for column in spec.candidate_categorical)]
    both = np.hstack((prepared.customer_x[acted], prepared.candidate_x[acted]))
    return Uplift(
        contacted=_grow(both, rows.reward[acted], categorical),
        alone=_grow(prepared.customer_x[left], rows.reward[left], [*spec.customer_categorical]),
    )


def _grow(x: Floats32, y: Floats, categorical: list[int]) -> Trees:
    import lightgbm

    settings = {
        "objective": "regression",
        "learning_rate": 0.05,
        "num_leaves": 15,
        "min_data_in_leaf": 100,
        "lambda_l2": 1.0,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "seed": 1,
    }
    data = lightgbm.Dataset(x, label=y, categorical_feature=categorical, params=settings)
    return Trees.from_model_string(lightgbm.train(settings, data, num_boost_round=100).model_to_string())

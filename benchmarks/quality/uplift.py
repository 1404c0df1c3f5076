"""Rival: uplift ranking, a T-learner on the reward within the horizon (LightGBM).

One regression on the rows with a contact, candidate features included, one on the rows without; worth is
their difference, so that doing nothing is worth 0.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from benchmarks.quality.cell import Lesson
from benchmarks.quality.seen import Seen, Worth
from models.arrays import Floats
from models.learned.features.spec import FeatureSpec

ROUNDS: Final = 200
MOST_ROWS: Final = 400_000
SETTINGS: Final = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "lambda_l2": 1.0,
    "max_bin": 127,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def uplift_ranking(spec: FeatureSpec, lesson: Lesson, threads: int, rng: np.random.Generator) -> Worth:
    """Worth: expected reward with the treatment minus that without."""
    lesson = lesson.thinned(MOST_ROWS, rng)
    contacted = lesson.treatment > 0
    shared = len(spec.customer_names)
    own = [shared + column for column in spec.candidate_categorical]
    with_contact = _fit(
        np.hstack((lesson.customer_x, lesson.candidate_x))[contacted],
        lesson.reward[contacted],
        [*spec.customer_categorical, *own],
        threads,
    )
    without = _fit(
        lesson.customer_x[~contacted], lesson.reward[~contacted], [*spec.customer_categorical], threads
    )

    def of(seen: Seen) -> Floats:
        worth = np.zeros(len(seen.row))
        acting = seen.treatment > 0
        x = np.hstack((seen.customer_x[seen.row[acting]], seen.candidate_x[acting]))
        worth[acting] = _predict(with_contact, x, threads)
        worth[acting] -= _predict(without, seen.customer_x, threads)[seen.row[acting]]
        return worth

    return of


def _fit(x: Any, y: Floats, categorical: list[int], threads: int) -> Any:
    import lightgbm

    if len(y) < 2 * SETTINGS["min_data_in_leaf"]:
        return float(y.mean()) if len(y) else 0.0
    settings = {**SETTINGS, "num_threads": threads}
    data = lightgbm.Dataset(x, label=y, categorical_feature=categorical, params=settings)
    return lightgbm.train(settings, data, num_boost_round=ROUNDS)


def _predict(model: Any, x: Any, threads: int) -> Floats:
    """What a model says; without enough rows it is a number."""
    if isinstance(model, float) or not len(x):
        return np.full(len(x), model if isinstance(model, float) else 0.0)
    return np.asarray(model.predict(x, num_threads=threads))

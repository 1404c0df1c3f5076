"""The drift reference that a bundle carries.

A sample of the training rows in bins. Knows which rows and features are judged (those that the gate's own
drift check judges); the bins are the core's (``models/drift.py``), the same that the service counts into.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.bundle import Models
from models.drift import SCORES, best_scores, make_reference
from models.policy.engine import Engine
from training.fit.prepared import Prepared
from training.gate.drift import judged_features
from training.rows.split import Part

ROWS: Final = 5_000
"""Rows whose features are looked at."""

SCORED: Final = 1_000
"""Rows that are scored, every treatment of the phase; more would make training noticeably slower."""


def drift_reference(prepared: Prepared, models: Models, rng: np.random.Generator) -> dict[str, Any]:
    """As JSON values, for ``extra`` of the manifest.

    Args:
        rng: draws the rows.
    """
    rows = np.flatnonzero(prepared.split.of(Part.TRAIN))
    use = rows if len(rows) <= ROWS else np.sort(rng.choice(rows, ROWS, replace=False))
    scored = use if len(use) <= SCORED else np.sort(rng.choice(use, SCORED, replace=False))
    categorical = set(prepared.spec.customer_categorical)
    names = prepared.spec.customer_names
    features = {
        names[column]: (prepared.customer_x[use, column].astype(np.float64), column in categorical)
        for column in judged_features(prepared)
    }
    engine = Engine(prepared.journey, models, "candidate")
    scores = best_scores(engine, prepared.situations.take(scored))
    columns = [scores[:, place] for place in range(len(SCORES))]
    return make_reference(features, columns, len(use)).to_json()

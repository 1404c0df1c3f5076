"""Asks whether later customers still look like earlier ones.

The earlier ones are those that were learned from. Knows features and scores of training and later rows.
Features that move by themselves as time passes (the calendar, whatever is counted from a customer's first
day, windows that reach back before the log began) are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from models.arrays import Ints
from models.bundle import Models
from models.bundle.gate import GateCheck
from models.domain.history import DAY_MS
from models.domain.objective import Gate
from training.evaluation.figures.predictions import propensities
from training.fit.prepared import Prepared
from training.gate.chance import code_stability_index, stability_index
from training.rows.split import Part

SAMPLE: Final = 20_000
"""Rows of each part that are compared."""

GROWING: Final = re.compile(
    r"(hour|weekday|month|tenure_days|phases_entered|phase_lag_\d+|\w+_total|days_since[._].*|dwell_days)\Z"
)

_WINDOW: Final = re.compile(r"[._](\d+(?:\.\d+)?)d\Z")


def check_drift(
    prepared: Prepared, models: Models, gate: Gate, rng: np.random.Generator
) -> Iterator[GateCheck]:
    """Scores, and the feature that moved furthest.

    Args:
        rng: draws the rows.
    """
    contacted = prepared.rows.treatment > 0
    before, after = (_sample(prepared, part, contacted, rng) for part in (Part.TRAIN, Part.TEST))
    scores = [propensities(prepared, models, rows) for rows in (before, after)]
    moved = stability_index(scores[0], scores[1])
    yield GateCheck(
        name="drift_scores",
        value=round(moved, 4),
        threshold=gate.drift_scores,
        passed=moved <= gate.drift_scores,
        sentence=(
            f"Propensities of later contacts are distributed {_words(moved)} as in training: stability "
            f"index {moved:.3f} (allowed: {gate.drift_scores:g})."
        ),
    )
    yield _features(prepared, gate, rng)


def feature_drift(prepared: Prepared, rng: np.random.Generator) -> list[tuple[str, float]]:
    """Stability index of each judged customer feature, the one that moved furthest first."""
    everyone = np.ones(len(prepared.rows), dtype=bool)
    before, after = (_sample(prepared, part, everyone, rng) for part in (Part.TRAIN, Part.TEST))
    names, categorical = prepared.spec.customer_names, set(prepared.spec.customer_categorical)
    moves = [
        (
            names[column],
            _index(
                prepared.customer_x[before, column], prepared.customer_x[after, column], column in categorical
            ),
        )
        for column in judged_features(prepared)
    ]
    return sorted(moves, key=lambda each: (-each[1], each[0]))


def judged_features(prepared: Prepared) -> list[int]:
    """Columns of the customer features that do not move by themselves as time passes."""
    longest = _longest_full_window(prepared)
    return [
        column
        for column, name in enumerate(prepared.spec.customer_names)
        if not GROWING.match(name) and _window_days(name) <= longest
    ]


def _longest_full_window(prepared: Prepared) -> float:
    """Days that lie in the log before at least half of the training rows."""
    times = prepared.log.history.occurred_at
    learned = prepared.rows.decided_at[prepared.split.of(Part.TRAIN)]
    return (float(np.median(learned)) - float(times.min())) / DAY_MS if len(times) and len(learned) else 0.0


def _window_days(name: str) -> float:
    window = _WINDOW.search(name)
    return 0.0 if window is None else float(window.group(1))


def _features(prepared: Prepared, gate: Gate, rng: np.random.Generator) -> GateCheck:
    moves = feature_drift(prepared, rng)
    if not moves:
        return GateCheck(
            name="drift_features",
            value=None,
            threshold=None,
            passed=True,
            sentence="Every feature is one that moves as time passes, so none is judged.",
        )
    name, moved = moves[0]
    return GateCheck(
        name="drift_features",
        value=round(moved, 4),
        threshold=gate.drift_features,
        passed=moved <= gate.drift_features,
        sentence=(
            f"Of {len(moves)} features {name} moved furthest between training and later rows: stability "
            f"index {moved:.3f} (allowed: {gate.drift_features:g})."
        ),
    )


def _index(before: Any, after: Any, categorical: bool) -> float:
    if not categorical:
        return stability_index(before.astype(np.float64), after.astype(np.float64))
    codes = [np.nan_to_num(values, nan=-1.0).astype(np.int64) + 1 for values in (before, after)]
    return code_stability_index(codes[0], codes[1], int(max(c.max(initial=0) for c in codes)) + 1)


def _sample(prepared: Prepared, part: Part, mask: Any, rng: np.random.Generator) -> Ints:
    rows = np.flatnonzero(prepared.split.of(part) & mask)
    return rows if len(rows) <= SAMPLE else np.sort(rng.choice(rows, SAMPLE, replace=False))


def _words(index: float) -> str:
    return "nearly" if index < 0.1 else "roughly" if index < 0.25 else "not"

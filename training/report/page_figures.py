"""Figures that pages of the service show.

JSON values for the manifest: what the report draws too, by name of phase; a few kilobytes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import Floats
from models.bundle import Models
from models.domain.history import DAY_MS
from training.evaluation.figures.predictions import Predictions
from training.fit.prepared import Prepared
from training.gate.calibration import propensity_promises
from training.gate.contest import Choices
from training.report.journey_figures import effect_rows, move_shares
from training.report.trust_figures import panel

FEWEST_STAYS: Final = 20
_SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


def page_figures(
    prepared: Prepared, models: Models, predictions: Predictions, choices: Choices
) -> dict[str, Any]:
    """``moves``, ``effects``, ``phases`` and ``promises``; see ``models/bundle/figures.py``."""
    nothing, ours = move_shares(prepared, models, choices)
    promises = propensity_promises(prepared, predictions)
    rows = panel(promises.label, promises.probability, "") if len(promises.label) else []
    return {
        "moves": _moves(prepared, nothing, ours),
        "effects": effect_rows(prepared, models.transition),
        "phases": _phases(prepared),
        "promises": [{name: value for name, value in row.items() if name != "panel"} for row in rows],
    }


def _moves(prepared: Prepared, nothing: Floats, ours: Floats) -> list[dict[str, Any]]:
    """Per 1,000 customers with a later decision: who goes from where to where, without and with us."""
    names = [phase.name for phase in prepared.journey.phases]
    return [
        {
            "from": names[i],
            "to": names[j],
            "nothing": round(1000 * float(nothing[i, j]), 2),
            "ours": round(1000 * float(ours[i, j]), 2),
        }
        for i in range(len(names))
        for j in range(len(names))
        if i != j and max(nothing[i, j], ours[i, j]) >= 5e-5
    ]


def _phases(prepared: Prepared) -> list[dict[str, Any]]:
    """By phase: customers who are in it when the history ends, and days of those who left it again."""
    trace, history = prepared.trace, prepared.trace.history
    everyone = np.arange(history.n_customers)
    end = int(history.occurred_at.max()) + 1 if history.n_events else 0
    now, _ = trace.at(everyone, history.start[1:], np.full(len(everyone), end))
    entries = trace.entries()
    same = entries.customer[1:] == entries.customer[:-1]
    days = (entries.instant[1:] - entries.instant[:-1])[same] / DAY_MS
    left = entries.phase[:-1][same]
    return [
        {
            "phase": phase.name,
            "customers": int((now == code).sum()),
            "days": _quantiles(days[left == code]),
            "stays": int((left == code).sum()),
        }
        for code, phase in enumerate(prepared.journey.phases)
    ]


def _quantiles(days: Floats) -> list[float] | None:
    """Days after which 10, 25, 50, 75 and 90 of 100 had left; None for too few."""
    if len(days) < FEWEST_STAYS:
        return None
    return [round(float(value), 1) for value in np.quantile(days, _SHARES)]

"""Figures of trust.

Do promised probabilities come true, and what do the models look at?
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from models.domain.journey import Journey
from models.statistics import NORMAL_95, share_interval
from training.gate.calibration import Promises, next_phase_promises, propensity_promises
from training.report.feature_names import feature_name
from training.report.figure import Figure
from training.report.findings import Findings

SECTION: Final = "Can its promises be believed?"
FEWEST: Final = 200
"""Later rows before a panel is drawn."""

MOST_PANELS: Final = 12
MOST_FEATURES: Final = 12
_IN_THE_TABLES: Final = ("Phase", "Action", "Channel")  # what trees start from


def trust_figures(findings: Findings) -> Iterator[Figure]:
    """Calibration overall, by phase, by action and of next phases; then top features."""
    prepared, predictions = findings.prepared, findings.predictions
    journey = prepared.journey
    promises = propensity_promises(prepared, predictions)
    response = findings.manifest.provenance.metrics["response"]
    error = response["overall"]["calibration_error"]
    yield _figure(
        "calibration",
        "Promised and real response, all later contacts",
        f"On the dashed line a promise comes true; on average the promises are off by {error:.4f}."
        if error is not None
        else "There are no later contacts whose response is known.",
        _panels(promises, np.zeros(len(promises.label), dtype=np.int64), ["all contacts"]),
    )
    names = [phase.label for phase in journey.phases]
    yield _figure(
        "calibration_by_phase",
        "Promised and real response, by phase",
        f"Phases with fewer than {FEWEST} later contacts are left out; bars are 95 % intervals of what "
        "happened.",
        _panels(promises, promises.phase, names),
    )
    actions = [action.label for action in journey.actions]
    of = np.array([journey.action_index.get(t.action, -1) for t in journey.treatments], dtype=np.int64)
    treated = of[prepared.rows.treatment[predictions.response_rows]]
    yield _figure(
        "calibration_by_action",
        "Promised and real response, by action",
        f"The {MOST_PANELS} actions that were used most; an action whose dots leave the line is over- or "
        "undersold.",
        _panels(promises, treated, actions),
    )
    moves = [
        row
        for code, each in enumerate(next_phase_promises(prepared, predictions))
        for row in panel(each.label, each.probability, names[code])
    ]
    yield _figure(
        "calibration_next_phase",
        "Promised and real next phase",
        "One panel per phase at the horizon: how often it was promised, and how often customers were there.",
        moves,
    )
    yield from _features(findings)


def _figure(name: str, title: str, sentence: str, rows: list[dict[str, Any]]) -> Figure:
    return Figure(
        name=name,
        section=SECTION,
        title=title,
        sentence=sentence,
        columns={
            "panel": "Part",
            "promised": "Promised",
            "happened": "Happened",
            "low": "from",
            "high": "to",
            "rows": "Rows",
        },
        rows=rows,
        kind="reliability",
    )


def _panels(promises: Promises, codes: Ints, names: list[str]) -> list[dict[str, Any]]:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    shown = [
        code for code in np.argsort(-counts, kind="stable")[:MOST_PANELS].tolist() if counts[code] >= FEWEST
    ]
    return [
        row
        for code in sorted(shown)
        for row in panel(promises.label[codes == code], promises.probability[codes == code], names[code])
    ]


def panel(label: Ints, probability: Floats, name: str) -> list[dict[str, Any]]:
    """Up to ten bins of equal counts, with Wilson intervals of the frequency."""
    order = np.argsort(probability, kind="stable")
    rows = []
    for part in np.array_split(order, max(min(10, len(order) // 50), 1)):
        n = len(part)
        if not n:
            continue
        happened = float(label[part].mean())
        low, high = share_interval(np.array([happened]), np.array([float(n)]), NORMAL_95)
        rows.append(
            {
                "panel": name,
                "promised": round(float(probability[part].mean()), 5),
                "happened": round(happened, 5),
                "low": round(float(low[0]), 5),
                "high": round(float(high[0]), 5),
                "rows": n,
            }
        )
    return rows


def _features(findings: Findings) -> Iterator[Figure]:
    spec, models, journey = findings.models.spec, findings.models, findings.prepared.journey
    both = [*spec.customer_names, *spec.candidate_names]
    yield feature_figure("features", "the response", _gains(models.response.trees_text, both, journey))
    customer = [*spec.customer_names]
    yield feature_figure(
        "features_next_phase", "the next phase", _gains(models.transition.trees_text, customer, journey)
    )


def feature_figure(name: str, what: str, rows: list[dict[str, Any]]) -> Figure:
    """Features by their share of the trees' gain, the largest first; no rows: there are no trees."""
    sentence = "This model uses no trees: tables of phase and action say all that this log can tell."
    if rows:
        most = next((row["label"] for row in rows if row["label"] not in _IN_THE_TABLES), "nothing else")
        sentence = (
            f"Beyond phase and action, {most} tells most; a share is of the improvement that the "
            "trees found, and says nothing about cause."
        )
    return Figure(
        name=name,
        section=SECTION,
        title=f"What separates customers most, for {what}",
        sentence=sentence,
        columns={"label": "Feature", "share": "Share of the gain"},
        rows=rows,
        kind="bars",
        options={"label": "label", "series": {"share": "share of the trees' gain"}, "percent": True},
    )


def _gains(text: str | None, names: list[str], journey: Journey) -> list[dict[str, Any]]:
    if text is None:
        return []
    import lightgbm

    gain = lightgbm.Booster(model_str=text).feature_importance("gain")
    total = float(gain.sum())
    return [
        {"label": feature_name(journey, names[feature]), "share": round(float(gain[feature]) / total, 4)}
        for feature in np.argsort(-gain, kind="stable")[:MOST_FEATURES].tolist()
        if gain[feature] > 0
    ]

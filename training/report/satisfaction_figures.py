"""Figures of satisfaction.

What treatments change in scores, and what a point costs in money.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from training.report.figure import Figure
from training.report.findings import Findings

SECTION: Final = "Satisfaction"
MOST_ROWS: Final = 16


def satisfaction_figures(findings: Findings) -> Iterator[Figure]:
    """Only where the journey file asks for satisfaction and scores were told."""
    found = findings.manifest.provenance.metrics.get("satisfaction")
    if not found or not found["known"]:
        return
    yield _frontier(findings, found)
    yield _effects(found)


def _frontier(findings: Findings, found: Any) -> Figure:
    currency = findings.prepared.journey.currency
    rows = [{**row, "label": _label(row, currency)} for row in found["frontier"]]
    money = max(rows, key=lambda row: float(row["gain"]))
    ours = next((row for row in rows if row["kind"] == "journey file"), money)
    given = float(money["gain"]) - float(ours["gain"])
    return Figure(
        name="satisfaction_frontier",
        section=SECTION,
        title=f"Money against {found['fact']}, a decision",
        sentence=(
            f"As the journey file has it, decisions gain {ours['gain']:.2f} {currency} and change the next"
            f" {found['fact']} by {ours['points']:+.3f} points; {given:.2f} {currency} a decision are given"
            f" for that. Money alone would change it by {money['points']:+.3f}. By the models' own account,"
            " on later decisions."
        ),
        columns={
            "label": "Policy",
            "gain": f"Gain ({currency} a decision)",
            "points": "Points a decision",
            "worst": "Worst decision, points",
            "nothing": "Does nothing",
        },
        rows=rows,
        kind="frontier",
        options={"x": f"points of {found['fact']} a decision", "y": f"{currency} a decision"},
    )


def _label(row: Any, currency: str) -> str:
    if row["kind"] == "journey file":
        return "as the journey file has it"
    if row["kind"] == "weight":
        return f"a point is worth {row['weight']:.2f} {currency}"
    return f"no action costs more than {row['largest_loss']:g} points"


def _effects(found: Any) -> Figure:
    rows = [
        {
            **row,
            "label": f"{row['action']} on {row['channel']}, {row['phase']}",
            "ours": not row["refused"],
        }
        for row in found["effects"]
    ]
    refused = sum(row["refused"] for row in rows)
    shown = rows if len(rows) <= MOST_ROWS else [*rows[: MOST_ROWS // 2], *rows[-MOST_ROWS // 2 :]]
    words = f"{len(shown)} of {len(rows)} treatments in their phases, the worst and the best."
    if (later := found["later"]) is not None:
        words += (
            f" A stated point was {later['slope']:.2f} points in later scores (95 % interval"
            f" {later['low']:.2f} to {later['high']:.2f}; 1 is as stated)."
        )
    if found["largest_loss"] is not None:
        words += f" {refused} cost more than {found['largest_loss']:g} points and are not done."
    return Figure(
        name="satisfaction_effects",
        section=SECTION,
        title=f"What treatments change in the next {found['fact']}, points",
        sentence=words,
        columns={
            "label": "Treatment, phase",
            "value": "Points",
            "low": "from",
            "high": "to",
            "refused": "Not done",
        },
        rows=shown,
        kind="intervals",
        options={"label": "label", "zero": 0.0},
    )

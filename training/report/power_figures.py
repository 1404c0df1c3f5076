"""What this log could show, and how long more takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from models.domain.history import DAY_MS
from training.evaluation.figures.power import POWER, reach
from training.report.figure import Figure
from training.report.findings import Findings
from training.rows.split import Part

SECTION: Final = "What it earns"
MOST_DAYS: Final = 3_650
"""Ten years: a figure that takes longer is not given."""


def power_figures(findings: Findings) -> Iterator[Figure]:
    """For each policy that this one is compared with: the smallest difference that the log would show."""
    prepared = findings.prepared
    minus = findings.manifest.provenance.metrics["policy_value"].get("ours_minus", {})
    test = prepared.split.of(Part.TEST)
    customers = len(np.unique(prepared.rows.customer[test]))
    days = max(float(np.ptp(prepared.rows.decided_at[test])) / DAY_MS, 1.0)
    rows = [_row(name, each, customers, days) for name, each in minus.items() if each["high"] > each["low"]]
    if not rows:
        return
    currency = prepared.journey.currency
    first = next((row for row in rows if row["policy"] == "logging policy"), rows[0])
    yield Figure(
        name="power",
        section=SECTION,
        title=f"How long until one knows ({currency} per decision)",
        sentence=_sentence(first, customers, currency),
        columns={
            "policy": "Compared with",
            "value": "Difference found",
            "detectable": f"Smallest that would show ({POWER:.0%} power)",
            "customers": "Customers needed for the one found",
            "days": "Days at this log's pace",
        },
        rows=rows,
        kind="table",
    )


def _row(name: str, estimate: Any, customers: int, days: float) -> dict[str, Any]:
    found = reach(estimate["value"], estimate["low"], estimate["high"], customers)
    needed = None if found.customers is None else days * found.customers / customers
    return {
        "policy": name,
        "value": estimate["value"],
        "detectable": round(found.detectable, 5),
        "customers": found.customers if needed is not None and needed <= MOST_DAYS else None,
        "days": round(needed, 1) if needed is not None and needed <= MOST_DAYS else None,
    }


def _sentence(row: dict[str, Any], customers: int, currency: str) -> str:
    least = (
        f"With {customers:,} later customers and exploration as in this log, a difference from "
        f"{row['policy']!r} of {row['detectable']:.3f} {currency} per decision or more shows in four of "
        "five logs"
    )
    if row["customers"] is None:
        return f"{least}; the one found is too small to wait for."
    if row["customers"] <= customers:
        return f"{least}; the one found, {row['value']:+.3f}, is large enough."
    needs = f"{row['customers']:,} customers, {row['days']:,.0f} days"
    return f"{least}; the one found, {row['value']:+.3f}, needs {needs}."

"""Figures of the data: when decisions were made, and over which channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from models.domain.interaction import Kind
from training.report.figure import Figure
from training.report.findings import Findings
from training.rows.split import Part

SECTION: Final = "Who is in the data"
MOST_MONTHS: Final = 24
_PARTS: Final = {"learned": "learned from", "tested": "tested on"}


def data_figures(findings: Findings) -> Iterator[Figure]:
    """Decisions over time, then contacts and touchpoints by channel."""
    yield _over_time(findings)
    yield _by_channel(findings)


def _over_time(findings: Findings) -> Figure:
    """By month; where there are too many months, by year."""
    rows, part = findings.prepared.rows, findings.prepared.split.part
    months = rows.decided_at.astype("datetime64[ms]").astype("datetime64[M]")
    unit, spans = "month", months
    if len(np.unique(months)) > MOST_MONTHS:
        unit, spans = "year", months.astype("datetime64[Y]")
    shown = [
        {
            "when": str(span),
            "learned": int(((spans == span) & (part < Part.TEST)).sum()),
            "tested": int(((spans == span) & (part == Part.TEST)).sum()),
        }
        for span in np.unique(spans)
    ]
    customers = len(np.unique(rows.customer))
    return Figure(
        name="decisions_over_time",
        section=SECTION,
        title=f"Decisions by {unit}",
        sentence=(
            f"{len(rows):,} decisions about {customers:,} customers; the last "
            f"{float((part == Part.TEST).mean()):.0%} of them were not learned from."
        ),
        columns={"when": unit.capitalize(), **{key: f"Decisions {name}" for key, name in _PARTS.items()}},
        rows=shown,
        kind="bars",
        options={"label": "when", "series": _PARTS},
    )


def _by_channel(findings: Findings) -> Figure:
    prepared = findings.prepared
    journey, history = prepared.journey, prepared.log.history
    index = journey.channel_index
    of = np.array([index.get(each.channel or "", -1) for each in journey.treatments])
    treated = of[prepared.rows.treatment]
    touched = history.channel[history.kind == Kind.TOUCHPOINT]
    shown: list[dict[str, Any]] = [
        {
            "channel": channel.label,
            "decisions": int((treated == code).sum()),
            "touchpoints": int((touched == code).sum()),
        }
        for code, channel in enumerate(journey.channels)
    ]
    alone = float((prepared.rows.treatment == 0).mean())
    return Figure(
        name="channels",
        section=SECTION,
        title="Over which channels",
        sentence=f"In {alone:.0%} of the decisions nothing was done.",
        columns={
            "channel": "Channel",
            "decisions": "Decisions to use it",
            "touchpoints": "Touchpoints on it",
        },
        rows=[row for row in shown if row["decisions"] or row["touchpoints"]],
        kind="bars",
        options={
            "label": "channel",
            "series": {"decisions": "decisions to use it", "touchpoints": "touchpoints on it"},
        },
    )

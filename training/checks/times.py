"""Checks of times and probabilities in the tables.

Order of events, days without hours, holes in the log, and how much was left to chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Floats, Ints
from models.domain.history import DAY_MS, from_ms
from models.domain.journey import Journey
from training.checks.finding import Finding
from training.data.encode import milliseconds
from training.data.tables import Tables

MOST_CERTAIN: Final = 0.9
"""Share of decisions without an alternative above which little can be learned."""
LEAST_PROBABILITY: Final = 0.001
MOST_AT_MIDNIGHT: Final = 0.5
MOST_AT_ONCE: Final = 0.2
LONGEST_GAP_DAYS: Final = 7.0
FEWEST: Final = 100
"""Rows that a share is worth telling of."""


def check_times(tables: Tables, journey: Journey) -> Iterator[Finding]:
    """Everything that times and probabilities say before anything is learned."""
    decided = milliseconds(tables.decisions.column("decided_at"))
    yield from _exploration(tables)
    yield from _early_outcomes(tables, decided)
    yield from _midnight(tables, journey)
    yield from _at_once(tables)
    yield from _gap(decided)


def _exploration(tables: Tables) -> Iterator[Finding]:
    if not tables.decisions.num_rows:
        return
    column: Floats = pc.fill_null(tables.decisions.column("action_probability"), np.nan).to_numpy()
    known = column[np.isfinite(column)]
    if not len(known):
        yield Finding(
            name="exploration",
            warning=True,
            sentence=(
                "No decision has an action probability, so effects are associations and no policy can be "
                "valued. Log the probability with which each action was drawn."
            ),
        )
        return
    certain, least = float((known == 1.0).mean()), float(known.min())
    missing = len(column) - len(known)
    if missing:
        yield Finding(
            name="probabilities_missing",
            warning=True,
            sentence=(
                f"{missing:,} of {len(column):,} decisions have no action probability; policies are "
                "compared on the others alone."
            ),
        )
    if certain > MOST_CERTAIN:
        yield Finding(
            name="exploration",
            warning=True,
            sentence=(
                f"{certain:.0%} of the decisions had no alternative (probability 1), so they say nothing of "
                "other actions. Let a few percent be drawn at random."
            ),
        )
    else:
        yield Finding(
            name="exploration",
            warning=False,
            sentence=f"{1 - certain:.0%} of the decisions were drawn among several actions.",
        )
    if least < LEAST_PROBABILITY:
        yield Finding(
            name="least_probability",
            warning=True,
            sentence=(
                f"The least action probability is {least:.2g}: that decision weighs as much as "
                f"{1 / least:,.0f} others, and intervals get wide. Draw every action with at least 1 %."
            ),
        )


def _early_outcomes(tables: Tables, decided: Ints) -> Iterator[Finding]:
    place = pc.index_in(
        tables.outcomes.column("decision_id"), value_set=_ids(tables.decisions, "decision_id")
    )
    of = pc.fill_null(place, -1).to_numpy()
    occurred = milliseconds(tables.outcomes.column("occurred_at"))
    early = (of >= 0) & (occurred < decided[np.maximum(of, 0)]) if len(decided) else np.zeros(len(of), bool)
    if early.any():
        yield Finding(
            name="outcomes_before_decisions",
            warning=True,
            sentence=(
                f"{int(early.sum()):,} of {len(of):,} outcomes are earlier than their decision, so they "
                "cannot have followed from it. Check clocks, time zones and the column that joins the two."
            ),
            examples=[
                {"outcome_id": each}
                for each in tables.outcomes.column("outcome_id").filter(pa.array(early))[:5].to_pylist()
            ],
        )


def _midnight(tables: Tables, journey: Journey) -> Iterator[Finding]:
    times = milliseconds(tables.interactions.column("occurred_at"))
    if len(times) < FEWEST:
        return
    shares = {zone: float((_local(times, zone) % DAY_MS == 0).mean()) for zone in ("UTC", journey.time_zone)}
    zone = max(shares, key=lambda each: shares[each])
    if shares[zone] > MOST_AT_MIDNIGHT:
        yield Finding(
            name="days_without_hours",
            warning=True,
            sentence=(
                f"{shares[zone]:.0%} of the interactions happened at midnight ({zone}), so they are days "
                "without hours. What came after a decision of that day then counts as known before it. "
                "Take the hour from the source, or put such events at the end of their day."
            ),
        )


def _local(times: Ints, zone: str) -> Ints:
    """Milliseconds on the clocks of a zone; by its offset at each day's noon."""
    days, place = np.unique(times // DAY_MS, return_inverse=True)
    info = ZoneInfo(zone)
    noons = [datetime.fromtimestamp(int(day) * 86_400 + 43_200, UTC).astimezone(info) for day in days]
    offsets = np.array([(noon.utcoffset() or noon.utcoffset()).total_seconds() for noon in noons])  # type: ignore[union-attr]
    local: Ints = times + (offsets * 1000).astype(np.int64)[place]
    return local


def _at_once(tables: Tables) -> Iterator[Finding]:
    if tables.decisions.num_rows < FEWEST:
        return
    moments = pa.table(
        {
            "customer_id": tables.decisions.column("customer_id"),
            "at": tables.decisions.column("decided_at"),
            "row": pa.array(np.arange(tables.decisions.num_rows)),
        }
    )
    events = pa.table(
        {
            "customer_id": tables.interactions.column("customer_id"),
            "at": tables.interactions.column("occurred_at"),
        }
    )
    same = moments.join(events, ["customer_id", "at"], join_type="left semi").num_rows
    share = same / moments.num_rows
    if share > MOST_AT_ONCE:
        yield Finding(
            name="decided_at_an_event",
            warning=False,
            sentence=(
                f"{share:.0%} of the decisions were made at the very instant of an interaction of the same "
                "customer. Features see what is strictly earlier, so that event is not among them. If it "
                "came first, let its time be a millisecond earlier."
            ),
        )


def _gap(decided: Ints) -> Iterator[Finding]:
    if len(decided) < FEWEST:
        return
    ordered = np.sort(decided)
    gaps = np.diff(ordered)
    at = int(gaps.argmax())
    days = float(gaps[at]) / DAY_MS
    if days > LONGEST_GAP_DAYS:
        yield Finding(
            name="gap",
            warning=False,
            sentence=(
                f"For {days:.0f} days, from {from_ms(int(ordered[at])):%Y-%m-%d}, there is no decision. If "
                "the log lost them, customers of that time look as if they had been left alone."
            ),
        )


def _ids(table: pa.Table, column: str) -> pa.Array:
    return table.column(column).combine_chunks()

"""Made-up customers for a journey, as four CSV files.

They show the form of the tables and let everything run before there is data. Behaviour is drawn by the
journey file's own guesses (``prior``), so nothing can be learned about anybody. Knows journeys and CSV.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from models.domain.actions import NOTHING
from models.domain.journey import AttributeType, Journey, Sentiment

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "customers": ("customer_id", "attributes", "consent", "locale", "time_zone"),
    "interactions": ("interaction_id", "customer_id", "occurred_at", "channel", "touchpoint"),
    "decisions": (
        "decision_id",
        "customer_id",
        "decided_at",
        "action",
        "channel",
        "action_probability",
        "delivered_at",
    ),
    "outcomes": ("outcome_id", "decision_id", "outcome", "occurred_at"),
}
DECISIONS: Final = 4  # of each customer
EVERY: Final = timedelta(days=16)
_USUAL: Final = 0.05  # the chance of a response where the file has no guess
_MOVES: Final = 0.12  # the chance that a customer does something of their own before a decision

Row = tuple[str, ...]


@dataclass
class _Tables:
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, *values: str) -> None:
        self.rows[table].append(values)


def write_stand_in(
    journey: Journey, folder: Path, *, customers: int, ends_at: datetime, rng: np.random.Generator
) -> dict[str, int]:
    """Write the four files; table → rows."""
    tables = _Tables()
    for number in range(customers):
        _live(journey, f"c-{number + 1}", tables, ends_at, rng)
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in COLUMNS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(tables.rows[name])
    return {name: len(rows) for name, rows in tables.rows.items()}


def _live(
    journey: Journey, customer: str, tables: _Tables, ends_at: datetime, rng: np.random.Generator
) -> None:
    """One customer: what is known, and a few decisions with what came of them."""
    consent = {name: bool(rng.random() < 0.85) for name in journey.consents}
    tables.add(
        "customers", customer, json.dumps(dict(_attributes(journey, rng))), json.dumps(consent), "en", ""
    )
    offered = [(action, channel) for action in journey.actions for channel in action.channels]
    at = ends_at - EVERY * DECISIONS - timedelta(minutes=int(rng.integers(60 * 24 * 60)))
    own = [
        touchpoint.name
        for touchpoint in journey.touchpoints
        if not (touchpoint.contact or touchpoint.withdraws)
    ]
    for turn in range(DECISIONS):
        if own and rng.random() < _MOVES * 4:
            _does(tables, customer, at - timedelta(hours=5), own[int(rng.integers(len(own)))], f"{turn}a")
        pick = int(rng.integers(len(offered) + 1))
        decision = f"{customer}-{turn + 1}"
        chance = f"{1 / (len(offered) + 1):.6f}"
        action, channel = (NOTHING, "") if pick == len(offered) else (offered[pick][0].name, offered[pick][1])
        told = "" if action == NOTHING else _text(at)
        tables.add("decisions", decision, customer, _text(at), action, channel, chance, told)
        guess = _USUAL if action == NOTHING else offered[pick][0].prior.propensity or _USUAL
        if action != NOTHING and rng.random() < guess * 2:
            when = at + timedelta(hours=float(rng.uniform(0.2, 40)))
            outcome = next(o.name for o in journey.outcomes if o.sentiment is Sentiment.POSITIVE)
            tables.add("outcomes", f"{decision}-o", decision, outcome, _text(when))
        if own and rng.random() < _MOVES + guess:
            when = at + timedelta(hours=float(rng.uniform(41, 90)))
            _does(tables, customer, when, own[int(rng.integers(len(own)))], f"{turn}b")
        at += EVERY


def _does(tables: _Tables, customer: str, at: datetime, touchpoint: str, number: str) -> None:
    tables.add("interactions", f"{customer}-{number}", customer, _text(at), "", touchpoint)


def _attributes(journey: Journey, rng: np.random.Generator) -> Iterator[tuple[str, object]]:
    for attribute in journey.attributes:
        kind = attribute.type
        if kind is AttributeType.BOOLEAN:
            yield attribute.name, bool(rng.random() < 0.5)
        elif kind is AttributeType.CATEGORY and attribute.values:
            yield attribute.name, attribute.values[int(rng.integers(len(attribute.values)))]
        elif kind is AttributeType.NUMBER:
            low, high = attribute.minimum or 0, min(attribute.maximum or 100, 1000)
            yield attribute.name, round(float(rng.uniform(low, high)))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

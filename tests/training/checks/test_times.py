"""Each check of times and probabilities finds what was put there, and nothing in a sound log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from models.domain.journey import Journey
from training.checks.finding import Finding
from training.checks.times import check_times
from training.config import read_config
from training.data.tables import Tables
from training.run.inputs import read_tables
from training.run.progress import Progress


@pytest.fixture(scope="module")
def tables(log_folder: Path) -> Tables:
    return read_tables(read_config(log_folder / "training.yaml"), log_folder, Progress())[2].tables


def found(tables: Tables, journey: Journey) -> dict[str, Finding]:
    return {each.name: each for each in check_times(tables, journey)}


def with_column(table: Any, name: str, values: Any) -> Any:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), pc.cast(values, table.schema.field(at).type))


def test_a_sound_log_gives_no_warning(tables: Tables, tiny_journey: Journey) -> None:
    said = found(tables, tiny_journey)

    assert [each.name for each in said.values() if each.warning] == []
    assert said["exploration"].sentence == "100% of the decisions were drawn among several actions."


@pytest.mark.parametrize(
    ("probabilities", "name", "told"),
    [
        (lambda n: pa.nulls(n, pa.float64()), "exploration", "No decision has an action probability"),
        (
            lambda n: pa.array(np.where(np.arange(n) % 20 == 0, 0.5, 1.0)),
            "exploration",
            "95% of the decisions",
        ),
        (
            lambda n: pa.array([None if row < 36 else 0.25 for row in range(n)]),
            "probabilities_missing",
            "36 of 3,600 decisions have no action probability",
        ),
        (
            lambda n: pa.array([1e-4, *[0.25] * (n - 1)]),
            "least_probability",
            "weighs as much as 10,000 others",
        ),
    ],
    ids=["none", "nothing drawn", "some missing", "very small"],
)
def test_what_was_left_to_chance_is_told(
    probabilities: Callable[[int], Any], name: str, told: str, tables: Tables, tiny_journey: Journey
) -> None:
    decisions = tables.decisions
    changed = with_column(decisions, "action_probability", probabilities(decisions.num_rows))

    warning = found(replace(tables, decisions=changed), tiny_journey)[name]

    assert warning.warning
    assert told in warning.sentence


def test_outcomes_before_their_decisions_are_counted(tables: Tables, tiny_journey: Journey) -> None:
    earlier = pc.subtract(tables.outcomes.column("occurred_at"), pa.scalar(timedelta(days=2)))
    changed = replace(tables, outcomes=with_column(tables.outcomes, "occurred_at", earlier))

    warning = found(changed, tiny_journey)["outcomes_before_decisions"]

    assert (
        f"{tables.outcomes.num_rows:,} of {tables.outcomes.num_rows:,} outcomes are earlier"
        in warning.sentence
    )
    assert len(warning.examples) == 5


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_days_without_hours_are_found_on_the_clocks_of_the_source(
    zone: str, tables: Tables, tiny_journey: Journey
) -> None:
    days = pc.floor_temporal(
        pc.cast(tables.interactions.column("occurred_at"), pa.timestamp("ms", zone)), unit="day"
    )
    days = pc.cast(days, pa.timestamp("ms", "UTC"))
    changed = replace(tables, interactions=with_column(tables.interactions, "occurred_at", days))

    warning = found(changed, tiny_journey)["days_without_hours"]

    assert f"100% of the interactions happened at midnight ({zone})" in warning.sentence


def test_decisions_at_the_instant_of_an_event_are_told(tables: Tables, tiny_journey: Journey) -> None:
    events = tables.interactions
    decided = with_column(
        tables.decisions,
        "decided_at",
        pc.subtract(tables.decisions.column("decided_at"), pa.scalar(timedelta(days=0.5))),
    )

    said = found(replace(tables, decisions=decided), tiny_journey)["decided_at_an_event"]

    assert events.num_rows == decided.num_rows
    assert "100% of the decisions were made at the very instant" in said.sentence


def test_a_hole_in_the_log_is_dated(
    tables: Tables, tiny_journey: Journey, moment: Callable[[float], datetime]
) -> None:
    decided = tables.decisions.column("decided_at")
    inside = pc.and_(pc.greater(decided, moment(40)), pc.less(decided, moment(60)))
    changed = replace(tables, decisions=tables.decisions.filter(pc.invert(inside)))

    said = found(changed, tiny_journey)["gap"]

    assert said.sentence.startswith("For 20 days, from 2026-02-")

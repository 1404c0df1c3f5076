"""Columns get the types of the four tables, or the SQL is told what to change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from models.errors import TrainingDataError
from training.data.columns import check_finite, check_repeats, check_required, to_schema, unknown_columns
from training.data.read_texts import Unread
from training.data.rejects import Checks

NOON = datetime(2026, 5, 1, 12)  # noqa: DTZ001 - without a zone on purpose


def outcomes(**columns: Any) -> Any:
    plain = {"outcome_id": ["o"], "decision_id": ["d"], "outcome": ["clicked"], "occurred_at": [NOON]}
    return pa.table(plain | columns)


def test_times_without_a_zone_need_one() -> None:
    with pytest.raises(TrainingDataError, match="time zone"):
        to_schema("outcomes", outcomes(), None)

    table = to_schema("outcomes", outcomes(), "Europe/Vienna")
    assert table["occurred_at"].to_pylist() == [datetime(2026, 5, 1, 10, tzinfo=UTC)]


def test_a_day_is_its_midnight() -> None:
    table = to_schema("outcomes", outcomes(occurred_at=[date(2026, 5, 1)]), "UTC")

    assert table["occurred_at"].to_pylist() == [datetime(2026, 5, 1, tzinfo=UTC)]


def test_an_optional_column_that_is_missing_is_empty_and_a_required_one_is_named() -> None:
    assert to_schema("outcomes", outcomes(), "UTC")["value"].to_pylist() == [None]
    with pytest.raises(TrainingDataError, match=r"'decision_id'.*add it to the SQL"):
        to_schema("outcomes", outcomes().drop_columns(["decision_id"]), "UTC")


def test_a_column_of_another_type_is_named_with_both_types() -> None:
    with pytest.raises(TrainingDataError, match=r"column 'value': expected double, got string"):
        to_schema("outcomes", outcomes(value=["dear"]), "UTC")


def test_ids_that_may_have_lost_digits_are_refused() -> None:
    with pytest.raises(TrainingDataError, match=r"'decision_id'.*may lose digits"):
        to_schema("outcomes", outcomes(decision_id=[1.5]), "UTC")
    assert to_schema("outcomes", outcomes(decision_id=[7]), "UTC")["decision_id"].to_pylist() == ["7"]


def test_decimals_become_the_nearest_fraction() -> None:
    """All amounts of up to a thousand, to the cent: 19.99 is 19.99 and not 19.990000000000002."""
    cents = [Decimal(number).scaleb(-2) for number in range(100_000)]
    raw = pa.table(
        {
            "outcome_id": [str(number) for number in range(100_000)],
            "decision_id": ["d"] * 100_000,
            "outcome": ["clicked"] * 100_000,
            "occurred_at": [NOON] * 100_000,
            "value": pa.array(cents, pa.decimal128(18, 2)),
        }
    )
    assert to_schema("outcomes", raw, "UTC")["value"].to_pylist() == [float(value) for value in cents]


def test_nested_values_become_json() -> None:
    raw = pa.table({"customer_id": ["c"], "attributes": [{"age": 7}]})

    assert to_schema("customers", raw, None)["attributes"].to_pylist() == ['{"age": 7}']


def test_columns_that_no_table_has_are_told() -> None:
    assert unknown_columns("outcomes", outcomes(colour=["red"])) == ["colour"]


def test_empty_repeated_and_infinite_values_are_rejected_by_row() -> None:
    table = pa.table(
        {
            "outcome_id": ["a", "a", " ", "b"],
            "decision_id": ["d", "d", "d", None],
            "outcome": ["x"] * 4,
            "value": [1.0, 2.0, 3.0, float("inf")],
            "occurred_at": pa.array([NOON] * 4, pa.timestamp("ms", "UTC")),
        }
    )
    checks = Checks(table="outcomes", ids=pa.array(["a", "a", " ", "b"]))
    check_required(checks, "outcomes", table)
    check_repeats(checks, table, "outcome_id")
    check_finite(checks, table, "value")

    assert [(r.row, r.column) for r in checks.rejects] == [
        (3, "outcome_id"),
        (4, "decision_id"),
        (2, "outcome_id"),
    ]
    assert np.flatnonzero(checks.good).tolist() == [0]


@pytest.mark.parametrize("as_text", [True, False])
def test_a_time_that_clocks_show_twice_or_never_is_a_reject_of_its_own(as_text: bool) -> None:
    """Summer time ends in Berlin on 25 October 2026 at 3, and begins on 29 March at 2."""
    shown = ["2026-10-25 01:59:00", "2026-10-25 02:30:00", "2026-10-25 03:00:00", "2026-03-29 02:30:00"]
    times = pa.array(shown) if as_text else pc.cast(pa.array(shown), pa.timestamp("us"))
    ids = pa.array([f"i{row}" for row in range(4)])
    raw = pa.table({"interaction_id": ids, "customer_id": ids, "occurred_at": times, "touchpoint": ids})
    unread: list[Unread] = []

    table = to_schema("interactions", raw, "Europe/Berlin", unread)

    told = [None if time is None else time.isoformat() for time in table.column("occurred_at").to_pylist()]
    assert told == ["2026-10-24T23:59:00+00:00", None, "2026-10-25T02:00:00+00:00", None]
    (wrong,) = [one for one in unread if one.column == "occurred_at"]
    assert wrong.rows.tolist() == [False, True, False, True]
    assert "clocks of Europe/Berlin show once, got '2026-10-25 02:30:00'" in wrong.reason(1)
    assert "+01:00" in wrong.reason(3)

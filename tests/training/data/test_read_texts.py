"""Texts become times and numbers row by row, or say what to state."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from models.domain.journey import Journey
from training.data.read_texts import read_instants, read_numbers
from training.data.tables import INSTANT
from training.data.validate import validate_tables


def test_times_have_their_own_zone_or_the_stated_one() -> None:
    texts = pa.array(
        ["2026-03-01T10:00:00Z", "2026-03-01 10:00", "2026-03-01", "2026-07-01 10:00:00.5+0200", None]
    )

    found, unread = read_instants("occurred_at", texts, INSTANT, "Europe/Berlin")

    assert found.to_pylist() == [
        datetime(2026, 3, 1, 10, tzinfo=UTC),
        datetime(2026, 3, 1, 9, tzinfo=UTC),
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 7, 1, 8, 0, 0, 500_000, tzinfo=UTC),
        None,
    ]
    assert not unread.rows.any()


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-03-01 10:00:00", None, "state `time_zone`"),
        ("03/12/2026", "UTC", "state its format under `formats`"),
        ("03.12.2026 10:00", "UTC", "state its format under `formats`"),
        ("2026-02-30", "UTC", "expected a time with its zone"),
        ("1795176000000", "UTC", "expected a time such as"),
        ("soon", "UTC", "got 'soon'"),
    ],
)
def test_a_time_that_cannot_be_read_says_what_to_state(text: str, zone: str | None, said: str) -> None:
    found, unread = read_instants("occurred_at", pa.array(["2026-03-01T10:00:00Z", text]), INSTANT, zone)

    assert found.is_valid().to_pylist() == [True, False]
    assert unread.rows.tolist() == [False, True]
    assert said in unread.reason(1)


@pytest.mark.parametrize(("text", "number"), [("19.99", 19.99), ("-0.4", -0.4), (".5", 0.5), ("1e3", 1000.0)])
def test_numbers(text: str, number: float) -> None:
    assert read_numbers("value", pa.array([text, None]))[0].to_pylist() == [number, None]


@pytest.mark.parametrize("text", ["1,234", "19,99 €", "0100", "free", "", "-", "NaN", "inf"])
def test_a_number_that_cannot_be_read_is_named(text: str) -> None:
    found, unread = read_numbers("value", pa.array(["1", text]))

    assert (found.to_pylist(), unread.rows.tolist()) == ([1.0, None], [False, True])
    assert f"got {text!r}" in unread.reason(1)


def test_a_wrong_text_rejects_its_row_alone(tiny_journey: Journey) -> None:
    raw = pa.table(
        {
            "interaction_id": ["a", "b", "c"],
            "customer_id": [1, 2, 3],
            "occurred_at": ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", "03/12/2026"],
            "touchpoint": ["visit"] * 3,
            "value": ["1.5", "1,234", None],
        }
    )
    validated = validate_tables({"interactions": raw}, tiny_journey, "UTC", reject_share=1)

    assert validated.tables.interactions["interaction_id"].to_pylist() == ["a"]
    assert [(reject.row, reject.column) for reject in validated.rejects] == [(3, "occurred_at"), (2, "value")]

"""Every row is in the four tables, or in the rejects with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models.domain.journey import Journey
from models.errors import TrainingDataError
from training.data.tables import data_sha256
from training.data.validate import Validated, validate_tables

Raw = Callable[..., dict[str, Any]]
Moment = Callable[[float], datetime]


@pytest.fixture
def good(moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """One right row of each table."""
    return {
        "customers": [{"customer_id": "c1", "attributes": '{"age": 40}', "time_zone": "Europe/Vienna"}],
        "interactions": [
            {
                "interaction_id": "i1",
                "customer_id": "c1",
                "occurred_at": moment(0),
                "channel": "web",
                "touchpoint": "visit",
                "phase": None,
                "action": None,
                "value": 1.5,
            }
        ],
        "decisions": [
            {
                "decision_id": "d1",
                "customer_id": "c1",
                "decided_at": moment(1),
                "action": "teaser",
                "channel": "web",
                "action_probability": 0.5,
            }
        ],
        "outcomes": [
            {
                "outcome_id": "o1",
                "decision_id": "d1",
                "outcome": "clicked",
                "occurred_at": moment(2),
                "value": 0.0,
            }
        ],
    }


def check(make_raw: Raw, journey: Journey, rows: dict[str, list[dict[str, Any]]]) -> Validated:
    return validate_tables(make_raw(**rows), journey, reject_share=1.0)


def test_right_rows_stay(make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]) -> None:
    validated = check(make_raw, tiny_journey, good)

    assert validated.rejects == ()
    assert validated.tables.counts == {"customers": 1, "interactions": 1, "decisions": 1, "outcomes": 1}


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        ("customers", {"attributes": '{"age": 400}'}, "up to 150, got 400"),
        ("customers", {"attributes": '{"age": "old"}'}, "expected a number"),
        ("customers", {"attributes": '{"age": NaN}'}, "expected a number"),
        ("customers", {"attributes": '{"shoe": 40}'}, "'shoe'"),
        ("customers", {"attributes": "[1]"}, "JSON object"),
        ("customers", {"consent": '{"email": "yes"}'}, "true and false"),
        ("customers", {"time_zone": "Europe/Nowhere"}, "Europe/Nowhere"),
        ("interactions", {"customer_id": None}, "got nothing"),
        ("interactions", {"touchpoint": "  "}, "got nothing"),
        ("interactions", {"channel": "pigeon"}, "got 'pigeon'"),
        ("interactions", {"action": "dance"}, "got 'dance'"),
        ("interactions", {"phase": "limbo"}, "got 'limbo'"),
        ("interactions", {"value": float("nan")}, "NaN"),
        ("interactions", {"value": float("inf")}, "infinity"),
        ("interactions", {"properties": "{"}, "JSON object"),
        ("decisions", {"action": "dance"}, "got 'dance'"),
        ("decisions", {"action": "offer"}, "got 'offer@web'"),
        ("decisions", {"action_probability": 0.0}, "(0, 1], got 0.0"),
        ("decisions", {"action_probability": 1.5}, "(0, 1], got 1.5"),
        ("decisions", {"action_probability": float("nan")}, "(0, 1], got nan"),
        ("outcomes", {"outcome": "won"}, "got 'won'"),
        ("outcomes", {"decision_id": "d9"}, "a decision that is kept"),
    ],
)
def test_a_wrong_row_is_kept_aside_with_its_reason(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any], table: str, change: dict[str, Any], says: str
) -> None:
    good[table].append({**good[table][0], next(iter(good[table][0])): "second", **change})

    validated = check(make_raw, tiny_journey, good)

    (reject,) = validated.rejects
    assert (reject.table, reject.row) == (table, 2)
    assert says in reject.reason
    assert validated.tables.counts[table] == 1 or table == "customers"


def test_an_outcome_before_its_decision_is_rejected(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any], moment: Moment
) -> None:
    good["outcomes"][0]["occurred_at"] = moment(0.5)

    assert "after the decision" in check(make_raw, tiny_journey, good).rejects[0].reason


def test_of_a_repeated_id_the_first_row_is_kept(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]
) -> None:
    good["interactions"].append({**good["interactions"][0], "value": 9.0})

    validated = check(make_raw, tiny_journey, good)

    assert validated.tables.interactions.column("value").to_pylist() == [1.5]
    assert "once" in validated.rejects[0].reason


def test_an_unknown_customer_is_given_a_row_and_counted(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]
) -> None:
    good["interactions"][0]["customer_id"] = "stranger"

    validated = check(make_raw, tiny_journey, good)

    assert validated.customers_made == 1
    assert validated.tables.customers.column("customer_id").to_pylist() == ["c1", "stranger"]


def test_a_time_without_zone_is_refused_unless_the_zone_is_stated(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]
) -> None:
    good["interactions"][0]["occurred_at"] = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - the case under test
    raw = make_raw(interactions=good["interactions"])

    with pytest.raises(TrainingDataError, match="time zone"):
        validate_tables(raw, tiny_journey)

    times = validate_tables(raw, tiny_journey, "Europe/Vienna").tables.interactions.column("occurred_at")
    assert times[0].as_py().isoformat() == "2026-07-01T10:00:00+00:00"  # Vienna is two hours ahead in July


def test_too_many_rejects_stop_training(make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]) -> None:
    good["interactions"].append({**good["interactions"][0], "interaction_id": "i2", "channel": "pigeon"})

    with pytest.raises(TrainingDataError, match=r"1 of 2 rows are rejected.*Row 2.*pigeon"):
        validate_tables(make_raw(**good), tiny_journey)


def test_a_missing_column_is_named(tiny_journey: Journey) -> None:
    raw = {"interactions": pa.table({"interaction_id": ["i1"], "customer_id": ["c1"]})}

    with pytest.raises(TrainingDataError, match="'occurred_at'"):
        validate_tables(raw, tiny_journey)


def test_nothing_at_all_is_refused(tiny_journey: Journey) -> None:
    with pytest.raises(TrainingDataError, match="empty"):
        validate_tables({}, tiny_journey)


def test_the_fingerprint_tells_any_changed_value(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]
) -> None:
    before = data_sha256(check(make_raw, tiny_journey, good).tables)
    again = data_sha256(check(make_raw, tiny_journey, good).tables)
    good["interactions"][0]["value"] = 1.25

    assert before == again != data_sha256(check(make_raw, tiny_journey, good).tables)


def test_the_fingerprint_does_not_see_what_lies_under_a_null(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, Any]
) -> None:
    """Sources leave anything there, and a table that went through a file has something else: once in 300,000
    decisions the same data had two fingerprints."""
    tables = check(make_raw, tiny_journey, good).tables

    def with_values(numbers: list[float]) -> str:
        present = pa.py_buffer(bytes([0b10]))  # the first is null
        value = pa.Array.from_buffers(
            pa.float64(), 2, [present, pa.py_buffer(np.array(numbers, dtype=np.float64).tobytes())]
        )
        rows = tables.interactions.slice(0, 1)
        return data_sha256(
            replace(
                tables,
                interactions=pa.concat_tables([rows, rows])
                .combine_chunks()
                .set_column(rows.column_names.index("value"), "value", value),
            )
        )

    assert with_values([7.0, 1.0]) == with_values([9.0, 1.0])
    assert with_values([7.0, 1.0]) != with_values([7.0, 2.0])


def test_a_placeholder_is_nobodys_row_in_every_table(
    make_raw: Raw, tiny_journey: Journey, good: dict[str, list[dict[str, Any]]]
) -> None:
    key_of = {"customers": "customer_id", "interactions": "interaction_id", "decisions": "decision_id"}
    for name, key in key_of.items():
        good[name].append({**good[name][0], key: f"{name}-2", "customer_id": "undefined"})

    found = check(make_raw, tiny_journey, good)

    assert {(reject.table, reject.column) for reject in found.rejects} == {
        (name, "customer_id") for name in key_of
    }
    assert "placeholder 'undefined'" in found.rejects[0].reason
    assert found.tables.customers.column("customer_id").to_pylist() == ["c1"]


def test_what_a_touchpoint_tells_fits_its_type(
    make_raw: Raw, told_journey: Journey, moment: Moment, good: dict[str, Any]
) -> None:
    """A visit may tell anything: nobody typed that."""
    row = {"customer_id": "c1", "occurred_at": moment(0), "channel": "web", "touchpoint": "ticket"}
    texts = ['{"severity": "low"}', None, '{"severity": "odd"}', '{"severity": null, "page": 1}']
    rows = [{**row, "interaction_id": f"t{n}", "properties": text} for n, text in enumerate(texts)]
    rows.append({**row, "interaction_id": "v", "touchpoint": "visit", "properties": texts[2]})
    raw = make_raw(customers=good["customers"], interactions=rows)

    (reject,) = validate_tables(raw, told_journey, reject_share=0.5).rejects

    assert (reject.row, reject.column) == (3, "properties")
    assert reject.reason == "property 'severity': expected one of low, critical, got 'odd'"

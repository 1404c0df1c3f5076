"""Attributes hold for decisions after their moment, and no decision sees what became true later."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.journey import Journey
from models.domain.phases import PhaseMachine
from training import api
from training.config import FeatureRules, RowRules
from training.data.encode import encode
from training.data.tables import data_sha256, write_tables
from training.data.validate import Validated, validate_tables
from training.data.versions import ALWAYS, AttributeVersions, Version, read_versions
from training.fit.prepared import make_builder, situate
from training.rows.rows import make_rows

Raw = Callable[..., dict[str, Any]]
Moment = Callable[[float], datetime]


@pytest.fixture
def checked(make_raw: Raw, tiny_journey: Journey, moment: Moment) -> Callable[..., Validated]:
    """c-1 with decisions on days 0, 10 and 20; its rows are given as (valid_from, age)."""

    def make(*states: tuple[float | None, int], **more: Any) -> Validated:
        customers = [
            {
                "customer_id": "c-1",
                "valid_from": None if day is None else moment(day),
                "attributes": json.dumps({"age": age}),
                "locale": f"l{age}" if age > 99 else None,
            }
            for day, age in states
        ]
        decisions = [
            {"decision_id": f"d{day}", "customer_id": "c-1", "decided_at": moment(day), "action": "nothing"}
            for day in (0, 10, 20)
        ]
        visit = {
            "interaction_id": "i",
            "customer_id": "c-1",
            "occurred_at": moment(40),
            "touchpoint": "visit",
        }
        reach = {
            "decision_id": "d", "customer_id": "c-1", "decided_at": moment(20), "delivered_at": moment(20),
            "action": "teaser", "channel": "email",
        }  # fmt: skip
        tables = make_raw(customers=customers, decisions=[*decisions, reach], interactions=[visit], **more)
        return validate_tables(tables, tiny_journey, reject_share=0.5)

    return make


def ages(found: Validated, journey: Journey) -> list[float]:
    """What the model sees of the age at each decision."""
    log = encode(found.tables, journey)
    builder = make_builder(journey, log, FeatureRules())
    trace = PhaseMachine(journey).trace(log.history)
    rows = make_rows(log, None, journey, trace, RowRules(), np.random.default_rng(0))
    column = builder.spec.customer_names.index("attribute.age")
    seen = builder.customer_features(situate(builder, log, trace, rows))[:, column]
    return [float(age) for age in seen]


def test_a_decision_sees_the_newest_attributes_before_it(
    checked: Callable[..., Validated], tiny_journey: Journey
) -> None:
    """Valid from day 10 on is not yet known at the decision of that very moment."""
    found = checked((10, 41), (-5, 40), (30, 42))

    assert ages(found, tiny_journey) == [40, 40, 41, 41]
    assert json.loads(found.tables.customers.column("attributes")[0].as_py()) == {"age": 42}


def test_before_the_first_state_nothing_is_known(
    checked: Callable[..., Validated], tiny_journey: Journey
) -> None:
    seen = ages(checked((15, 40)), tiny_journey)

    assert np.isnan(seen[:2]).all()
    assert seen[2:] == [40, 40]


def test_a_row_without_a_moment_always_held(checked: Callable[..., Validated], tiny_journey: Journey) -> None:
    assert ages(checked((None, 39), (5, 40)), tiny_journey) == [39, 40, 40, 40]
    assert ages(checked((None, 39)), tiny_journey) == [39] * 4


def test_the_same_customer_and_moment_twice_is_one_too_many(
    checked: Callable[..., Validated], tiny_journey: Journey
) -> None:
    found = checked((5, 40), (5, 41), (None, 1), (None, 2))

    assert [(r.row, r.column) for r in found.rejects] == [(2, "customer_id"), (4, "customer_id")]
    assert "once for each `valid_from`" in found.rejects[0].reason
    assert ages(found, tiny_journey) == [1, 40, 40, 40]


def test_written_tables_hold_every_state(
    checked: Callable[..., Validated], tiny_journey: Journey, tmp_path: Path
) -> None:
    found = checked((-5, 40), (15, 41))
    write_tables(found.tables, tmp_path)
    raw = {name: pq.read_table(tmp_path / f"{name}.parquet") for name, _ in found.tables.items()}

    again = validate_tables(raw, tiny_journey)

    assert again.tables.customers.num_rows == 1
    assert ages(again, tiny_journey) == ages(found, tiny_journey) == [40, 40, 41, 41]
    assert data_sha256(again.tables) == data_sha256(found.tables)


def test_data_without_moments_has_the_fingerprint_of_before(checked: Callable[..., Validated]) -> None:
    plain = checked((None, 39)).tables
    later = checked((-5, 39)).tables

    without = plain.customers.drop_columns(["valid_from", "attribute_versions"])
    assert data_sha256(plain) != data_sha256(later)
    assert data_sha256(plain) == data_sha256(type(plain)(**{**_parts(plain), "customers": without}))


def _parts(tables: Any) -> dict[str, Any]:
    return {**dict(tables.items()), "reward": tables.reward}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "JSON list"),
        ("[1]", "objects with valid_from"),
        ('[{"valid_from": "2026-01-01T00:00:00", "attributes": {}}]', "with its zone"),
        ('[{"valid_from": null, "attributes": {"age": "old"}}]', "expected a number"),
        ('[{"valid_from": null, "attributes": {"colour": "red"}}]', "attribute of the journey file"),
    ],
)
def test_states_that_cannot_be_read_reject_their_row(
    make_raw: Raw, tiny_journey: Journey, moment: Moment, text: str, says: str
) -> None:
    visit = {"interaction_id": "i", "customer_id": "c-1", "occurred_at": moment(0), "touchpoint": "visit"}
    tables = make_raw(
        customers=[{"customer_id": "c-1", "attribute_versions": text}, {"customer_id": "c-2"}],
        interactions=[visit],
    )

    found = validate_tables(tables, tiny_journey, reject_share=1.0)

    assert [reject.column for reject in found.rejects] == ["attribute_versions"]
    assert says in found.rejects[0].reason


def test_python_decides_with_what_was_known_at_the_moment(
    checked: Callable[..., Validated], tiny_journey: Journey, moment: Moment
) -> None:
    tables = checked((0, 40), (15, 41)).tables
    moments = pa.table({"customer_id": ["c-1"] * 3, "decided_at": [moment(-1), moment(10), moment(16)]})

    asked = [*api.moments.requests_of(moments, tables, tiny_journey)]

    assert [dict(request.customer.attributes) for request in asked] == [{}, {"age": 40}, {"age": 41}]


@settings(max_examples=80, deadline=None)
@given(
    states=st.lists(st.lists(st.integers(0, 20), unique=True, max_size=5), min_size=1, max_size=4),
    asked=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 22)), min_size=1, max_size=10),
)
def test_what_holds_is_the_last_state_strictly_before(
    states: list[list[int]], asked: list[tuple[int, int]]
) -> None:
    versions = AttributeVersions.of(
        [[Version(valid_from=at, attributes={"x": at}) for at in own] for own in states]
    )
    asked = [(customer % len(states), at) for customer, at in asked]

    row = versions.at(np.array([c for c, _ in asked]), np.array([at for _, at in asked], dtype=np.int64))

    for (customer, at), found in zip(asked, row.tolist(), strict=True):
        before = [each for each in states[customer] if each < at]
        assert versions.attributes[found] == ({"x": max(before)} if before else {})


def test_what_always_held_is_before_every_moment() -> None:
    (version,) = read_versions('[{"valid_from": null, "attributes": {"age": 3, "vip": null}}]')

    assert version == Version(valid_from=ALWAYS, attributes={"age": 3})
    held = AttributeVersions.of([[version]])
    assert held.at(np.array([0]), np.array([0])).tolist() == [0]

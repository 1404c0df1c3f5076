"""Rows of an import are checked as the API checks: a wrong one is named and left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from models.domain.journey import Journey
from nba_service.data.row_checks import RowChecks
from nba_service.data.tables import COLUMNS

NOON = 1_763_640_000_000


def visit(**changed: object) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS["interactions"])
    return (
        row
        | {"interaction_id": "i-1", "customer_id": "c-1", "occurred_at": NOON, "touchpoint": "visit"}
        | changed
    )


def checks(table: str = "interactions", journey: Journey | None = None) -> RowChecks:
    required = {"interactions": ("interaction_id", "customer_id"), "customers": ("customer_id",)}[table]
    known = None if journey is None else {attribute.name: attribute for attribute in journey.attributes}
    return RowChecks(columns=COLUMNS[table], required=required, attributes=known)


def usable(
    found: RowChecks, file: str, first: int, rows: Sequence[Mapping[str, object]]
) -> list[dict[str, object]]:
    columns, kept = found.usable(file, first, {name: [row[name] for row in rows] for name in rows[0]})
    return [{name: values[at] for name, values in columns.items()} for at in kept]


def test_good_rows_pass_with_ids_and_json_as_they_are_stored() -> None:
    found = checks()
    (row,) = usable(found, "a.parquet", 1, [visit(customer_id="Zoe\u0308", properties='{"b": 1,  "a": 2}')])

    assert (row["customer_id"], row["properties"]) == ("Zo\u00eb", '{"a":2,"b":1}')
    assert found.problems == []


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"customer_id": None}, "customer_id", "expected a value, got nothing"),
        ({"customer_id": ""}, "customer_id", "expected a value, got nothing"),
        ({"customer_id": "a b"}, "customer_id", "Expected an id of 1 to 200"),
        ({"customer_id": "undefined"}, "customer_id", "got the placeholder 'undefined'"),
        ({"occurred_at": -1}, "occurred_at", "is its unit right?"),
        ({"occurred_at": NOON * 1_000}, "occurred_at", "is its unit right?"),
        ({"properties": "[1]"}, "properties", "expected a JSON object"),
        ({"properties": "{"}, "properties", "expected a JSON object"),
    ],
)
def test_a_wrong_row_is_left_out_and_named(changed: dict[str, object], column: str, reason: str) -> None:
    found = checks()
    rows = usable(found, "a.parquet", 7, [visit(), visit(**changed), visit(interaction_id="i-3")])

    assert [row["interaction_id"] for row in rows] == ["i-1", "i-3"]
    (problem,) = found.problems
    assert (problem.file, problem.row, problem.column, problem.left_out) == ("a.parquet", 8, column, True)
    assert reason in problem.reason


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e13])
def test_an_amount_is_a_bounded_number(value: float) -> None:
    found = RowChecks(columns={"outcome_id": "string", "value": "double"}, required=("outcome_id",))

    assert usable(found, "o.parquet", 1, [{"outcome_id": "o", "value": value}]) == []
    assert usable(found, "o.parquet", 2, [{"outcome_id": "o", "value": -19.99}])


def test_what_of_a_customer_cannot_be_used_is_taken_out(tiny_journey: Journey) -> None:
    row: dict[str, object] = dict.fromkeys(COLUMNS["customers"])
    row |= {
        "customer_id": "c-1",
        "locale": "Deutsch!",
        "time_zone": "Wien",
        "attributes": '{"age": 40, "shoe": 46, "first_name": 7}',
        "consent": '{"email": true, "phone": "yes"}',
    }
    found = checks("customers", tiny_journey)
    (customer,) = usable(found, "c.parquet", 1, [row])

    assert (customer["locale"], customer["time_zone"]) == (None, None)
    assert customer["attributes"] == '{"age":40}'
    assert customer["consent"] == '{"email":true}'
    assert {problem.column for problem in found.problems} == {
        "locale",
        "time_zone",
        "attributes.shoe",
        "attributes.first_name",
        "consent.phone",
    }
    assert not any(problem.left_out for problem in found.problems)


def test_without_a_journey_file_attributes_are_not_judged() -> None:
    row = dict.fromkeys(COLUMNS["customers"]) | {"customer_id": "c-1", "attributes": '{"shoe": 46}'}
    found = checks("customers")

    assert usable(found, "c.parquet", 1, [row])[0]["attributes"] == '{"shoe":46}'
    assert found.problems == []


def test_candidates_are_a_list() -> None:
    found = RowChecks(columns={"decision_id": "string", "candidates": "string"}, required=("decision_id",))
    rows = [{"decision_id": f"d-{n}", "candidates": text} for n, text in enumerate(("[]", "{}", "x", None))]

    assert [row["decision_id"] for row in usable(found, "d.parquet", 1, rows)] == ["d-0", "d-3"]
    first = found.problems[0]
    assert (first.file, first.row, first.column, first.left_out) == ("d.parquet", 2, "candidates", True)


def test_problems_come_in_the_order_of_rows_and_a_row_left_out_is_told_once() -> None:
    found = checks()
    rows = [visit(occurred_at=-1), visit(properties="[]", customer_id="a b"), visit(), visit(customer_id="")]

    assert len(usable(found, "a.parquet", 1, rows)) == 1
    assert [(problem.row, problem.column) for problem in found.problems] == [
        (1, "occurred_at"),
        (2, "customer_id"),
        (4, "customer_id"),
    ]

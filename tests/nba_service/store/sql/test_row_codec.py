"""Rows become columns and come back; contacts are never crowded out."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from models.domain.consent import Standing, Statement
from nba_service.store.rows import CustomerRow, DecisionRow, Event
from nba_service.store.sql import row_codec
from nba_service.store.sql.row_codec import (
    CustomerColumns,
    DecisionColumns,
    EventColumns,
    InteractionColumns,
    OutcomeColumns,
    PersonColumns,
    newest,
    stored_state,
)
from nba_service.store.sql.tables import customers, decisions, interactions, outcomes
from tests.nba_service.store.row_builders import decision, interaction, outcome

PROFILE = CustomerRow(
    customer_id="c", account_id="a", attributes={"b": 1, "a": [1]}, consent={"email": False}, locale="de",
    time_zone="Europe/Berlin", updated_at=9,
)  # fmt: skip


def test_a_profile_and_a_decision_come_back_as_they_were() -> None:
    row = replace(decision("d", contacts=(("guide", "email"), ("offer", None))), deliver_by=7, phase="p")

    assert row_codec.customer_row(row_codec.customer_columns(PROFILE)) == PROFILE
    assert row_codec.decision_row(row_codec.decision_columns(row)) == row
    names = [field.name for field in fields(DecisionRow) if field.name != "journaled_at"]
    assert names == list(row_codec.decision_columns(row))


def test_columns_are_those_of_the_tables() -> None:
    written = {
        customers: (row_codec.customer_columns(PROFILE), CustomerColumns),
        interactions: (row_codec.interaction_columns(interaction("i")), InteractionColumns),
        outcomes: (row_codec.outcome_columns(outcome("o", "d")), OutcomeColumns),
        decisions: (row_codec.decision_columns(decision("d")), DecisionColumns),
    }
    for table, (columns, types) in written.items():
        origin = {"origins"} if table is customers else {"came_as"} if table is not decisions else set()
        names = {column.name for column in table.columns} - origin  # which the writer of rows adds
        assert set(columns) == names
        assert set(types.__annotations__) == names


def test_ledgers_by_ids_come_back_as_they_were() -> None:
    told = Standing(granted=Statement(5, 6, "profile"), refused=Statement(7, 7, "left", 1))
    origins = {"a": {"email": told}, "": {"sms": Standing(refused=Statement(1, 1, "left"))}}

    assert row_codec.read_origins(row_codec.write_origins(origins)) == origins
    assert row_codec.read_origins(row_codec.write_origins(None)) is None


def test_json_is_canonical_and_nothing_is_null() -> None:
    assert row_codec.customer_columns(PROFILE)["attributes"] == '{"a":[1],"b":1}'
    assert row_codec.interaction_columns(replace(interaction("i"), properties={}))["properties"] is None


def event(source: str, at: int, properties: str | None = None) -> EventColumns:
    return (source, at, "name", "web", "act", None, None, properties, f"{source}-{at}")


def test_a_decision_on_several_placements_is_as_many_contacts() -> None:
    rows = [event("decision", 5, '[["guide","email"],["offer",null]]'), event("outcome", 6)]

    assert list(row_codec.events(rows)) == [
        Event("decision", 5, "name", "email", "guide", None, None, {}, "decision-5"),
        Event("decision", 5, "name", None, "offer", None, None, {}, "decision-5"),
        Event("outcome", 6, "name", "web", "act", None, None, {}, "outcome-6"),
    ]


@pytest.mark.parametrize(
    ("limit", "left"), [(0, [4, 3, 2]), (1, [5, 4, 3, 2]), (2, [5, 4, 3, 2, 1]), (9, [5, 4, 3, 2, 1])]
)
def test_contacts_and_outcomes_come_besides_the_limit(limit: int, left: list[int]) -> None:
    sources = ["interaction", "decision", "outcome", "decision", "interaction"]
    rows = [event(source, at) for source, at in zip(sources, [5, 4, 3, 2, 1], strict=True)]

    assert [row[1] for row in newest(rows, limit)] == left


def test_somebody_unknown_is_a_state_of_version_0() -> None:
    nobody = (None, None, None, None, None, None, "", "", None, None, 0, None, None, None, None)
    person = PersonColumns("c", *nobody)

    state = stored_state(person, [event("interaction", 2), event("interaction", 1)], [], 10)

    assert (state.customer, state.person, state.version) == (None, "c", 0)
    assert [one.occurred_at for one in state.events] == [1, 2]

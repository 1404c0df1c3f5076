"""Small reads: any number of ids, and only what is there, on each database."""

from __future__ import annotations

import pytest

from nba_service.store.sql.connection import Database
from nba_service.store.sql.lookups import chunks, key_of, known, moment_in, present, text_in
from nba_service.store.sql.tables import ALL, decisions, interactions
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision, interaction

MONTH = 31 * 86_400_000


def test_many_ids_go_in_chunks() -> None:
    ids = [str(number) for number in range(1_001)]

    assert [len(chunk) for chunk in chunks(ids)] == [500, 500, 1]
    assert [key for chunk in chunks(ids) for key in chunk] == ids
    assert list(chunks([])) == []


def test_the_first_column_of_a_table_is_its_id() -> None:
    assert [key_of(table) for table in ALL.values()] == [
        "customer_id",
        "interaction_id",
        "decision_id",
        "outcome_id",
    ]


def test_what_is_known_and_present_is_found_in_whichever_month(store: SqlStore, database: Database) -> None:
    store.add_decisions([decision("a", at=1), decision("b", customer="other", at=40 * MONTH)])
    store.add_interactions([interaction("i", at=7)])
    asked = ["a", "b", "missing", *(f"no-{number}" for number in range(600))]
    with database.transaction() as connection:
        assert known(connection, decisions, asked) == {"a", "b"}
        assert known(connection, interactions, ["i", "a"]) == {"i"}
        rows = present(connection, decisions, asked)
        assert {key: row["decided_at"] for key, row in rows.items()} == {"a": 1, "b": 40 * MONTH}
        assert present(connection, interactions, ["missing"]) == {}


def test_a_column_of_another_type_is_an_error() -> None:
    row = {"customer_id": "c", "at": 5}

    assert text_in(row, "customer_id") == "c"
    assert moment_in(row, "at") == 5
    with pytest.raises(TypeError, match="at: expected text, got int"):
        text_in(row, "at")
    with pytest.raises(TypeError, match="customer_id: expected a time in ms, got str"):
        moment_in(row, "customer_id")

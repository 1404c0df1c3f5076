"""Answers are compressed on SQLite, and texts wherever they leave the store."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from nba_service.store.sql import migrate
from nba_service.store.sql.connection import Database
from nba_service.store.sql.packed_answers import AnswerRecordError, pack_answer, read_answer
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision

LONG = json.dumps(
    {"decision_id": "d", "actions": [{"rank": 1, "leads_to": {f"phase_{n}": n / 7}} for n in range(40)]}
)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000))
def test_what_is_packed_is_read_again(text: str) -> None:
    assert read_answer(pack_answer(text)) == text


def test_an_answer_takes_a_fraction_of_its_text() -> None:
    packed = pack_answer(LONG)
    assert isinstance(packed, bytes)
    assert len(packed) < len(LONG) / 3
    assert pack_answer("{}") == "{}"
    assert pack_answer(None) is None
    assert read_answer(None) is None


@pytest.mark.parametrize("change", [lambda b: b[:-3], lambda b: b + b"x", lambda b: b[:5] + b"\xff" * 20])
def test_damage_is_named(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(AnswerRecordError, match="cannot be read"):
        read_answer(change(pack_answer(LONG)))


def test_another_version_is_named() -> None:
    with pytest.raises(AnswerRecordError, match="newer release"):
        read_answer(b"\x02" + b"what comes next")


def test_answers_leave_the_store_as_they_came(store: SqlStore) -> None:
    row = replace(decision("d"), answer=LONG)
    store.add_decisions([row], {})

    assert store.decisions(["d"])["d"].answer == LONG
    assert [one.answer for one in store.decided_since(0, (0, ""), 5)] == [LONG]
    [of_customer] = store.records_of("c", 10)["decisions"]
    assert of_customer["answer"] == LONG
    assert store.add_decisions([row], {}).conflicts == ()
    assert store.add_decisions([replace(row, answer=LONG + " ")], {}).conflicts == ("d",)


def test_sqlite_compresses_and_a_server_is_left_to_do_it(store: SqlStore) -> None:
    store.add_decisions([replace(decision("d"), answer=LONG)], {})
    with store._transaction() as connection:
        kept = connection.execute(sa.text("SELECT answer FROM decisions")).scalar()
        compressed = connection.dialect.name == "sqlite"
    assert kept == (pack_answer(LONG) if compressed else LONG)


def test_an_older_release_finds_texts(store: SqlStore, database: Database) -> None:
    store.add_decisions([replace(decision(f"d{n}"), answer=LONG) for n in range(3)], {})
    migrate.downgrade(database, "0018")
    with database.engine().connect() as connection:
        kept = connection.execute(sa.text("SELECT answer FROM decisions")).scalars().all()
    assert kept == [LONG] * 3
    migrate.upgrade(database, migrate.HEAD)
    assert store.decisions(["d1"])["d1"].answer == LONG

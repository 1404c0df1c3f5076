"""States that are behind are made, some people at a time."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nba_service.store.lifetime import sql_states
from nba_service.store.sql.connection import Database
from nba_service.store.sql.tables import states
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import interaction


def test_all_who_are_behind_get_states(
    database: Database, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_states, "PORTION", 2)
    store.add_interactions([interaction(f"i{n}", f"c{n}") for n in range(5)])
    assert store.make_states("") == (0, None)
    with database.transaction(write=True) as connection:
        connection.execute(sa.delete(states).where(states.c.customer_id != "c3"))
    made, after = store.make_states("")
    assert (made, after) == (2, "c1")
    assert store.make_states("c1") == (2, "c4")
    assert store.make_states("", all_people=True) == (0, "c1")


def test_a_reader_without_a_state_has_it_made(database: Database, store: SqlStore) -> None:
    store.add_interactions([interaction("i")])
    assert store.catch_up_states() == 0
    with database.transaction(write=True) as connection:
        connection.execute(sa.update(states).values(version=-1))
    assert len(store.past("c").past or ()) == 1
    assert store.catch_up_states() == 1
    assert store.make_states("") == (0, None)

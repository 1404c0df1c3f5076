"""Rows of states: of which version they are, and what of them can be read."""

from __future__ import annotations

from models.domain.past import NO_PAST, pack
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.states.kept import KeptState, StateTable
from tests.nba_service.store.row_builders import interaction


def test_a_state_counts_if_it_is_of_the_version_before_this_transaction() -> None:
    kept = KeptState(now=5, version=4, state=pack(NO_PAST))
    assert kept.past(1) == NO_PAST
    assert kept.past(0) is None
    assert kept.past(2) is None
    assert kept._replace(state=b"\x01damaged").past(1) is None
    assert kept._replace(state=None).past(1) is None
    assert kept.base_past() is None


def test_states_follow_versions_and_go(database: Database, store: SqlStore) -> None:
    table = StateTable(database.dialect)
    store.add_interactions([interaction("i", "a"), interaction("j", "b")])
    with database.transaction(write=True) as connection:
        table.carry(connection, {"a": 2})
        assert {who: kept.version for who, kept in table.read(connection, ["a", "b", "c"]).items()} == {
            "a": 3,
            "b": 1,
        }
        table.put(connection, {"a": (1, NO_PAST)})
        assert table.read(connection, ["a"], lock=True)["a"].past() == NO_PAST
        assert table.forget(connection, ["a", "c"]) == 1
        assert table.read(connection, ["a"])["a"] == KeptState(now=1)

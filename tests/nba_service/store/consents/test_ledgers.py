"""Ledgers as they lie in the table; on both databases."""

from __future__ import annotations

from models.domain.consent import Consent, Standing, Statement, current
from nba_service.store.consents import ledgers
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore


def says(flag: str, given: bool, at: int) -> Consent:
    return Consent(flag, given, Statement(at, at, "profile"))


def test_what_is_recorded_together_counts_in_its_order(store: SqlStore, database: Database) -> None:
    with database.transaction(write=True) as connection:
        ledgers.record_all(connection, {"c": [says("email", False, 5), says("email", True, 5)]})
        ledgers.record_all(connection, {"c": [says("sms", False, 5)], "nobody": []})
        assert ledgers.read_all(connection, ["c", "nobody"]) == {
            "c": {
                "email": Standing(Statement(5, 5, "profile", 1), Statement(5, 5, "profile")),
                "sms": Standing(None, Statement(5, 5, "profile")),
            }
        }


def test_gaps_are_filled_and_nothing_else(store: SqlStore, database: Database) -> None:
    with database.transaction(write=True) as connection:
        ledgers.record_all(connection, {"c": [says("email", False, 5)]})
        told = {"c": [says("email", True, 9), says("sms", True, 9)]}
        ledgers.record_all(connection, told, gaps_only=True)

        assert current(ledgers.read_all(connection, ["c"])["c"]) == {"email": False, "sms": True}


def test_united_ledgers_leave_the_others_and_can_be_forgotten(store: SqlStore, database: Database) -> None:
    with database.transaction(write=True) as connection:
        ledgers.record_all(connection, {"a": [says("email", True, 5)], "b": [says("email", False, 6)]})
        ledgers.unite(connection, "c", ["a", "b", "without"])

        assert list(ledgers.read_all(connection, ["a", "b"])) == []
        assert current(ledgers.read_all(connection, ["c"])["c"]) == {"email": False}
        assert ledgers.forget(connection, ["c", "a"]) == 1

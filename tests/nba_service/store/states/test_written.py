"""What rows add to a state, and whose state has to be made from all rows."""

from __future__ import annotations

from dataclasses import asdict

from models.domain.past import key_of
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import decision_columns
from nba_service.store.sql_store import SqlStore
from nba_service.store.states.written import contacts_of
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


def test_contacts_of_decisions_and_who_was_answered_before(database: Database, store: SqlStore) -> None:
    store.add_outcomes([outcome("o", "soon")])
    rows = [decision("d", "a"), decision("soon", "b"), decision("later", "c", delivered=None)]
    with database.transaction() as connection:
        events, before = contacts_of(
            connection, {row.decision_id: dict(decision_columns(row)) for row in rows}
        )
    assert {who: [event.key for event in added] for who, added in events.items()} == {
        "a": [key_of(1, "d", 0)],
        "b": [key_of(1, "soon", 0)],
    }
    assert before == {"b"}


def test_an_amount_that_is_none_stops_no_write(store: SqlStore) -> None:
    """The decision that reads it says what is wrong."""
    row = interaction("i")
    store.add_interactions([type(row)(**{**asdict(row), "value": 1e300})])
    store.add_interactions([interaction("j")])
    assert len(store.state("c", FAR, 10).events) == 2

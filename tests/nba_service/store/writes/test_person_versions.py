"""Versions of people: every write raises one, under whichever id, and times only widen."""

from __future__ import annotations

import itertools

import sqlalchemy as sa

from nba_service.store.sql.connection import Database
from nba_service.store.sql.tables import people
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.person_versions import (
    NEVER,
    NO_ROWS,
    People,
    Span,
    answers,
    persons,
    spans,
)


def stored(database: Database, person: str) -> tuple[int, int, int]:
    """Version, newest and oldest time."""
    columns = (people.c.version, people.c.latest_at, people.c.first_at)
    with database.transaction() as connection:
        version, latest, first = connection.execute(
            sa.select(*columns).where(people.c.customer_id == person)
        ).one()
    return version, latest, first


def test_times_widen_and_the_version_rises_with_every_write(store: SqlStore, database: Database) -> None:
    versions = People(database.dialect)
    with database.transaction(write=True) as connection:
        versions.touch(connection, {"ada": NO_ROWS})
    assert stored(database, "ada") == (1, 0, NEVER)

    for span in (Span(5, 9), Span(7, 8), Span(2, 3)):
        with database.transaction(write=True) as connection:
            versions.touch(connection, {"ada": span, "bob": span})
            versions.touch(connection, {})

    assert stored(database, "ada") == (4, 9, 2)
    assert stored(database, "bob") == (3, 9, 2)


def test_a_write_under_an_alias_is_about_the_person(store: SqlStore, database: Database) -> None:
    ids = (f"audit-{number}" for number in itertools.count())
    store.merge("ada", ["visitor"], at=1, ids=ids, profile=None)
    before = stored(database, "ada")[0]

    with database.transaction(write=True) as connection:
        owner = People(database.dialect).touch_all(connection, {"visitor": Span(5, 9), "new": Span(1, 1)})

    assert owner == {"visitor": "ada", "new": "new"}
    assert stored(database, "ada")[0] == before + 1


def test_any_number_of_ids_is_resolved(store: SqlStore, database: Database) -> None:
    ids = [f"c{number}" for number in range(1_001)]
    with database.transaction() as connection:
        assert persons(connection, [*ids, *ids]) == {key: key for key in ids}


def test_outcomes_are_no_contacts() -> None:
    pairs = [("ada", 5), ("bob", 1), ("ada", 2)]

    assert spans(pairs) == {"ada": Span(2, 5), "bob": Span(1, 1)}
    assert answers(pairs) == {"ada": Span(NEVER, 5), "bob": Span(NEVER, 1)}

"""Decisions in one transaction: the first answer of an id stays, a refused one leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from nba_service.store.rows import Claim, DecisionRow, Seat, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import decision_columns
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.decision_batch import DecisionBatch
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import People
from tests.nba_service.store.row_builders import decision


@pytest.fixture
def batch(store: SqlStore, database: Database) -> DecisionBatch:
    """With the tables there."""
    return DecisionBatch(database.dialect, People(database.dialect))


def write_of(*rows: DecisionRow, **claims: Claim) -> PendingWrite:
    return PendingWrite(
        "decisions", [decision_columns(row) for row in rows], [row.decision_id for row in rows], claims=claims
    )


def add(batch: DecisionBatch, database: Database, *writes: PendingWrite) -> list[Written]:
    with database.transaction(write=True) as connection:
        return batch.add(connection, writes)


def test_another_answer_to_an_id_is_a_conflict_and_the_first_stays(
    batch: DecisionBatch, database: Database, store: SqlStore
) -> None:
    assert add(batch, database, write_of(decision("d"), decision("e"))) == [Written(new=2, known=0)]

    other = decision("d", answer='{"other":1}')

    assert add(batch, database, write_of(other, decision("e"))) == [Written(new=0, known=2, conflicts=("d",))]
    assert store.decisions(["d"])["d"].answer == "{}"


def test_of_two_about_one_person_the_second_is_refused_and_gone(
    batch: DecisionBatch, database: Database, store: SqlStore
) -> None:
    first = write_of(decision("a"), a=Claim(version=0))
    second = write_of(decision("b"), decision("x", customer="other"), b=Claim(version=0), x=Claim(version=0))

    assert add(batch, database, first, second) == [
        Written(new=1, known=0),
        Written(new=1, known=0, refused=("b",)),
    ]
    assert sorted(store.decisions(["a", "b", "x"])) == ["a", "x"]


def test_a_full_channel_refuses_and_keeps_its_count(
    batch: DecisionBatch, database: Database, store: SqlStore
) -> None:
    seats = (Seat(channel="phone", day=7, most=1),)
    writes = [
        write_of(decision(key, customer=key), **{key: Claim(version=0, seats=seats)}) for key in ("a", "b")
    ]

    assert add(batch, database, *writes) == [
        Written(new=1, known=0),
        Written(new=0, known=0, refused=("b",)),
    ]
    assert store.used_seats(["phone"], 7) == {"phone": 1}


def test_doing_nothing_raises_no_version(batch: DecisionBatch, database: Database, store: SqlStore) -> None:
    add(batch, database, write_of(decision("nothing", contacts=())))
    assert store.state("c", 10, 1).version == 0

    add(batch, database, write_of(decision("contact")))
    assert store.state("c", 10, 1).version == 1


def test_a_decision_without_a_version_follows_a_merge(
    batch: DecisionBatch, database: Database, store: SqlStore
) -> None:
    """Doing nothing, and what waited in a journal, whoever the visitor has become since."""
    store.merge("c", ["v"], at=1, ids=iter(["merge"]), profile=None)
    write = write_of(
        decision("nothing", customer="v", contacts=()),
        decision("replayed", customer="v"),
        decision("stale", customer="v"),
        decision("other", customer="x", contacts=()),
        replayed=Claim(),
        stale=Claim(version=0),
    )

    assert add(batch, database, write) == [Written(new=3, known=0, refused=("stale",))]

    stored = store.decisions(["nothing", "replayed", "other"])
    assert {key: (row.customer_id, row.came_as) for key, row in stored.items()} == {
        "nothing": ("c", "v"),
        "replayed": ("c", "v"),
        "other": ("x", None),
    }


def test_doing_nothing_for_somebody_unchanged_takes_one_statement_less(
    batch: DecisionBatch, database: Database, store: SqlStore
) -> None:
    """On a server: nobody need be kept from merging where the person is held in the version that was seen."""
    add(batch, database, write_of(decision("contact")))
    version = store.past("c").version
    counted = []
    for key, seen in (("same", version), ("before", version - 1), ("unseen", None)):
        claim = Claim(version=seen, raises=False)
        write = write_of(decision(key, contacts=()), **{key: claim})
        with statements(database) as texts:
            assert add(batch, database, write) == [Written(new=1, known=0)]
        counted.append(len(texts))
    assert store.past("c").version == version
    same, before, unseen = counted
    if database.dialect.has_server:
        assert (same, before) == (unseen - 1, unseen)
    else:
        assert same == before == unseen


def test_doing_nothing_follows_whoever_the_person_became_since(
    batch: DecisionBatch, database: Database, store: SqlStore
) -> None:
    add(batch, database, write_of(decision("contact", customer="v")))
    seen = store.past("v").version
    store.merge("c", ["v"], at=1, ids=iter(["merge"]), profile=None)
    claim = Claim(version=seen, raises=False)

    add(batch, database, write_of(decision("nothing", customer="v", contacts=()), nothing=claim))

    row = store.decisions(["nothing"])["nothing"]
    assert (row.customer_id, row.came_as) == ("c", "v")


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    texts: list[str] = []

    def note(_c: object, _cursor: object, text: str, *_: object) -> None:
        texts.append(text)

    sa.event.listen(database.engine(), "before_cursor_execute", note)
    try:
        yield texts
    finally:
        sa.event.remove(database.engine(), "before_cursor_execute", note)

"""Rows of events and imports: repeats are known by content, and a conflict undoes its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from nba_service.store.rows import CustomerRow, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import (
    customer_columns,
    decision_columns,
    interaction_columns,
    outcome_columns,
)
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import People
from nba_service.store.writes.row_batch import RowBatch, Undone
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


@pytest.fixture
def batch(store: SqlStore, database: Database) -> RowBatch:
    """With the tables there."""
    return RowBatch(database.dialect, People(database.dialect))


def visits(*rows: Mapping[str, object], **more: object) -> PendingWrite:
    return PendingWrite("interactions", rows, [str(row["interaction_id"]) for row in rows], **more)  # type: ignore[arg-type]


def visit(key: str, touchpoint: str = "page_view", at: int = 1_000) -> Mapping[str, object]:
    return interaction_columns(interaction(key, touchpoint=touchpoint, at=at))


def add(batch: RowBatch, database: Database, *writes: PendingWrite) -> list[Written]:
    with database.transaction(write=True) as connection:
        return batch.add(connection, writes)


def test_new_rows_of_several_writes_are_stored_and_raise_a_version_once(
    batch: RowBatch, database: Database, store: SqlStore
) -> None:
    assert add(batch, database, visits(visit("i"), visit("j")), visits(visit("k"))) == [
        Written(new=2, known=0),
        Written(new=1, known=0),
    ]

    state = store.state("c", FAR, 10)
    assert [event.key for event in state.events] == ["i", "j", "k"]
    assert state.version == 1


def test_a_repeat_is_known_and_another_content_undoes_all(
    batch: RowBatch, database: Database, store: SqlStore
) -> None:
    add(batch, database, visits(visit("i")))
    assert add(batch, database, visits(visit("i"), visit("j"))) == [Written(new=1, known=1)]

    with pytest.raises(Undone) as undone:
        add(batch, database, visits(visit("i", "other"), visit("k")))

    assert undone.value.written == Written(new=0, known=2, conflicts=("i",))
    assert store.known_interactions(["i", "j", "k"]) == {"i", "j"}


def test_a_number_written_in_another_way_is_the_same_content_and_true_is_not_one(
    batch: RowBatch, database: Database
) -> None:
    def told(value: object) -> PendingWrite:
        return visits(interaction_columns(replace(interaction("i"), properties={"n": [value]})))

    add(batch, database, told(1))

    assert add(batch, database, told(1.0)) == [Written(new=0, known=1)]
    for other in (True, 2, "1"):
        with pytest.raises(Undone):
            add(batch, database, told(other))


def test_a_conflict_among_several_writes_names_no_id(batch: RowBatch, database: Database) -> None:
    add(batch, database, visits(visit("i")))

    with pytest.raises(Undone) as undone:
        add(batch, database, visits(visit("i", "other")), visits(visit("k")))

    assert undone.value.written == Written(new=0, known=0)


def test_a_time_that_was_left_out_is_not_compared(batch: RowBatch, database: Database) -> None:
    add(batch, database, visits(visit("i")))
    later = visit("i", at=9_000)

    assert add(batch, database, visits(later, untimed={"i"})) == [Written(new=0, known=1)]
    with pytest.raises(Undone):
        add(batch, database, visits(later))


def test_an_import_keeps_what_is_new_and_names_what_differs(
    batch: RowBatch, database: Database, store: SqlStore
) -> None:
    add(batch, database, visits(visit("i")))

    assert add(batch, database, visits(visit("i", "other"), visit("k"), keep_new=True)) == [
        Written(new=1, known=1, conflicts=("i",))
    ]
    assert store.known_interactions(["i", "k"]) == {"i", "k"}


def test_an_outcome_raises_the_version_of_whom_its_decision_is_about(
    batch: RowBatch, database: Database, store: SqlStore
) -> None:
    store.add_decisions([decision("d")])
    before = store.state("c", FAR, 10).version
    row = outcome_columns(outcome("o", "d"))

    assert add(batch, database, PendingWrite("outcomes", [row], ["o"])) == [Written(new=1, known=0)]

    assert store.state("c", FAR, 10).version == before + 1


def test_imported_profiles_and_decisions_are_compared_by_what_they_say(
    batch: RowBatch, database: Database
) -> None:
    profile = customer_columns(CustomerRow(customer_id="c", locale="de", updated_at=5))
    made = decision_columns(decision("d"))
    for table, row, key in (("customers", profile, "c"), ("decisions", made, "d")):
        write = PendingWrite(table, [row], [key], keep_new=True)
        assert add(batch, database, write) == [Written(new=1, known=0)]
    same: Mapping[str, object] = {**profile, "updated_at": 6}
    other: Mapping[str, object] = {**made, "action": "offer"}

    assert add(batch, database, PendingWrite("customers", [same], ["c"], keep_new=True)) == [
        Written(new=0, known=1)
    ]
    assert add(batch, database, PendingWrite("decisions", [other], ["d"], keep_new=True)) == [
        Written(new=0, known=1, conflicts=("d",))
    ]

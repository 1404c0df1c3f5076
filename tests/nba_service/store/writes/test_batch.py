"""A line of writes: each gets its own answer, whatever the others brought."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.rows import OutcomeRow, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import decision_columns, interaction_columns, outcome_columns
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.batch import Writer
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import People
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


@pytest.fixture
def writer(store: SqlStore, database: Database) -> Writer:
    """With the tables there."""
    return Writer(database, People(database.dialect))


def visits(*keys: str, touchpoint: str = "page_view") -> PendingWrite:
    rows = [interaction_columns(interaction(key, touchpoint=touchpoint)) for key in keys]
    return PendingWrite("interactions", rows, keys)


def decided(key: str) -> PendingWrite:
    return PendingWrite("decisions", [decision_columns(decision(key))], [key])


def clicks(row: OutcomeRow) -> PendingWrite:
    return PendingWrite("outcomes", [outcome_columns(row)], [row.outcome_id])


def test_a_line_of_all_tables_is_written(writer: Writer, store: SqlStore) -> None:
    line = [clicks(outcome("o", "d")), visits("i"), decided("d")]

    writer.write(line)

    assert [write.outcome() for write in line] == [Written(new=1, known=0)] * 3
    assert sorted(event.key for event in store.state("c", FAR, 10).events) == ["d", "i", "o"]


def test_a_repeat_in_one_line_finds_the_first(writer: Writer) -> None:
    line = [visits("i", "j"), visits("j", "k"), visits("i", touchpoint="other")]

    writer.write(line)

    assert [write.outcome() for write in line] == [
        Written(new=2, known=0),
        Written(new=1, known=1),
        Written(new=0, known=1, conflicts=("i",)),
    ]


def test_what_cannot_be_written_harms_only_itself(writer: Writer, store: SqlStore) -> None:
    columns: Mapping[str, object] = {**interaction_columns(interaction("bad")), "touchpoint": None}
    bad = PendingWrite("interactions", [columns], ["bad"])
    line = [visits("i"), bad, visits("j")]

    writer.write(line)

    assert line[0].outcome() == line[2].outcome() == Written(new=1, known=0)
    with pytest.raises(StoreError):
        bad.outcome()
    assert store.known_interactions(["i", "bad", "j"]) == {"i", "j"}


def test_without_a_database_each_gets_an_error_of_its_own() -> None:
    database = Database("sqlite:////proc/nowhere/x.sqlite", durability=Durability.COMMIT, timeout_ms=100)
    line = [visits("i"), visits("j")]

    try:
        Writer(database, People(database.dialect)).write(line)
    except OSError:  # the folder itself cannot be made
        return

    assert all(isinstance(write.error, Exception) for write in line)

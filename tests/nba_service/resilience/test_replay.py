"""Replay: every record once, in order, and one that the store refuses holds up no other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from nba_service.errors import StoreError
from nba_service.resilience.journal import Journal
from nba_service.resilience.records import Record, journaled, write_record
from nba_service.resilience.replay import Replay
from nba_service.settings import Durability
from nba_service.store.identity.tombstones import KEPT_MS
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow, Seat
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore

FAR = 10**15
DECISION = DecisionRow(
    decision_id="d", customer_id="c", decided_at=1_000, delivered_at=1_000, action="guide", channel="phone",
    action_probability=0.5, contacts=(("guide", "phone"),), context=None, candidates=None, bundle="b",
    policy="p", arm="t", request="{}", answer='{"first":1}', state=b"",
)  # fmt: skip


def visit(key: str, customer: str = "c", touchpoint: str = "visit") -> InteractionRow:
    return InteractionRow(interaction_id=key, customer_id=customer, occurred_at=1_000, touchpoint=touchpoint)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(
        Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=5_000)
    )
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", 1_000_000)


def replay_of(journal: Journal, store: SqlStore) -> Replay:
    numbers = itertools.count()
    return Replay(journal, store, lambda: str(next(numbers)))


def test_what_waits_is_stored_once_and_the_journal_is_empty(journal: Journal, store: SqlStore) -> None:
    journal.append(write_record(Record(kind="interactions", rows=(visit("i"),))))
    journal.append(write_record(Record(kind="decisions", rows=(DECISION,))))
    click = OutcomeRow(outcome_id="o", decision_id="d", outcome="clicked", occurred_at=2_000)
    journal.append(write_record(Record(kind="outcomes", rows=(click,))))
    store.add_interactions([visit("i")])  # a crash between the store's commit and the checkpoint
    stored: list[None] = []
    replay = replay_of(journal, store)

    assert replay.run(progress=lambda: stored.append(None))

    assert journal.empty
    assert [event.key for event in store.state("c", FAR, 10).events] == ["d", "i", "o"]
    assert (replay.counts.replayed, replay.counts.refused, replay.counts.damaged) == (3, 0, 0)
    assert stored


def test_order_stays_where_it_matters(journal: Journal, store: SqlStore) -> None:
    for record in (
        Record(kind="interactions", rows=(visit("i"),)),
        Record(kind="customers", rows=(CustomerRow(customer_id="c", locale="de"),)),
        Record(kind="erase", customer_id="c", at=5),
        Record(kind="interactions", rows=(visit("after"),)),
    ):
        journal.append(write_record(record))

    replay_of(journal, store).run()

    state = store.state("c", FAR, 10)
    assert state.customer is None
    assert [event.key for event in state.events] == ["after"]


def test_a_record_with_another_content_is_set_aside_and_its_neighbours_are_stored(
    journal: Journal, store: SqlStore
) -> None:
    store.add_interactions([visit("i")])
    rows = (visit("i", touchpoint="other"), visit("j"))
    journal.append(write_record(Record(kind="interactions", rows=rows)))
    journal.append(b"no record at all")
    replay = replay_of(journal, store)

    replay.run()

    assert sorted(event.key for event in store.state("c", FAR, 10).events) == ["i", "j"]
    assert replay.counts.refused == 2
    refused = (journal.directory / "refused").read_bytes()
    assert b"no record at all" in refused
    assert b'"touchpoint":"other"' in refused


def test_an_earlier_answer_stands_and_a_correction_replaces_it(journal: Journal, store: SqlStore) -> None:
    store.add_decisions([DECISION])
    later = replace(DECISION, answer='{"second":2}')
    journal.append(write_record(Record(kind="decisions", rows=(later,))))
    replay_of(journal, store).run()
    assert store.decisions(["d"])["d"].answer == '{"first":1}'

    journal.append(write_record(Record(kind="corrections", rows=(later,))))
    replay_of(journal, store).run()

    assert store.decisions(["d"])["d"].answer == '{"second":2}'


def test_a_contact_that_was_made_takes_its_seat_whatever_the_capacity(
    journal: Journal, store: SqlStore
) -> None:
    seats = {"d": (Seat(channel="phone", day=3, most=0),)}
    journal.append(write_record(Record(kind="decisions", rows=(DECISION,), seats=seats)))

    replay_of(journal, store).run()

    assert store.used_seats(["phone"], 3) == {"phone": 1}


def test_a_store_that_does_not_answer_keeps_what_waits(journal: Journal, tmp_path: Path) -> None:
    journal.append(write_record(Record(kind="interactions", rows=(visit("i"),))))
    (tmp_path / "broken.sqlite").write_bytes(b"this is no database" * 100)
    broken = SqlStore(
        Database(f"sqlite:///{tmp_path}/broken.sqlite", durability=Durability.COMMIT, timeout_ms=100)
    )

    with pytest.raises(StoreError):
        replay_of(journal, broken).run()

    assert not journal.empty


def test_a_damaged_record_is_counted_and_skipped(journal: Journal, store: SqlStore) -> None:
    for key in ("i", "j"):
        journal.append(write_record(Record(kind="interactions", rows=(visit(key),))))
    path = journal.directory / "journal"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    replay = replay_of(journal, store)

    replay.run()

    assert [event.key for event in store.state("c", FAR, 10).events] == ["j"]
    assert (replay.counts.replayed, replay.counts.damaged) == (1, 1)
    assert journal.empty


def waiting(at: int, *keys: str, customer: str = "c") -> bytes:
    record = Record(kind="interactions", rows=tuple(visit(key, customer) for key in keys))
    return write_record(journaled(record, at))


def test_what_another_host_erased_is_left_out_and_counted(journal: Journal, store: SqlStore) -> None:
    store.erase("c", iter(["x", "y"]), 5_000)
    dropped: list[tuple[str, int]] = []
    replay = Replay(
        journal,
        store,
        lambda: "n",
        now_ms=lambda: 6_000,
        dropped=lambda why, rows: dropped.append((why, rows)),
    )
    journal.append(waiting(4_000, "before", "too"))
    journal.append(waiting(4_000, "of another", customer="d"))
    journal.append(waiting(5_500, "after"))

    assert replay.run()

    assert [event.key for event in store.state("c", FAR, 10).events] == ["after"]
    assert [event.key for event in store.state("d", FAR, 10).events] == ["of another"]
    assert dropped == [("erased", 2)]
    assert (replay.counts.dropped, replay.counts.refused) == (2, 0)


def test_a_record_of_a_version_that_kept_no_time_counts_as_older_than_every_erasure(
    journal: Journal, store: SqlStore
) -> None:
    store.erase("c", iter(["x", "y"]), 5_000)
    old = orjson.loads(write_record(Record(kind="interactions", rows=(visit("i"), visit("j", "d")))))
    for row in old["rows"]:
        del row["journaled_at"]
    journal.append(orjson.dumps(old))

    assert replay_of(journal, store).run()

    assert store.known_interactions(["i", "j"]) == {"j"}


def test_what_waited_longer_than_tombstones_are_kept_is_left_out(journal: Journal, store: SqlStore) -> None:
    journal.append(waiting(2, "i"))
    journal.append(waiting(KEPT_MS + 5, "j"))
    replay = Replay(journal, store, lambda: "n", now_ms=lambda: KEPT_MS + 10)

    assert replay.run()

    assert store.known_interactions(["i", "j"]) == {"j"}
    assert replay.counts.dropped == 1


def test_an_erasure_during_a_replay_is_not_lost(journal: Journal, store: SqlStore) -> None:
    """It rewrites the journal while the replay holds what it read before."""
    erasure = write_record(Record(kind="erase", customer_id="c", at=9))
    stores = [waiting(5, f"{number}") for number in range(3)]
    stores.insert(1, write_record(Record(kind="customers", rows=(CustomerRow(customer_id="d"),))))
    for payload in stores:
        journal.append(payload)
    rewritten: list[int] = []

    def progress() -> None:
        if not rewritten:
            rewritten.append(len(stores))
            journal.rewrite(lambda _: [erasure])

    replay = replay_of(journal, store)

    assert replay.run(progress)

    assert store.state("c", FAR, 10).events == ()
    assert store.last_erasure() == 9


def test_the_refused_file_of_this_host_is_cleaned_of_whom_another_erased(
    journal: Journal, store: SqlStore
) -> None:
    unknown = b'{"kind":"later","customer":"c"}'
    for payload in (waiting(4_000, "i"), waiting(6_000, "j"), waiting(4_000, "k", customer="d"), unknown):
        journal.set_aside(payload)
    replay = Replay(journal, store, lambda: "n", now_ms=lambda: 7_000)
    replay.refused.run()
    before = list(journal.refused.lines())

    store.erase("c", iter(["x", "y"]), 5_000)
    replay.refused.run()

    assert before == [waiting(4_000, "i"), waiting(6_000, "j"), waiting(4_000, "k", customer="d"), unknown]
    assert list(journal.refused.lines()) == [waiting(6_000, "j"), waiting(4_000, "k", customer="d")]

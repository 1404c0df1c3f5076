"""Rolled up bit by bit, broken off or all at once: the records are the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.measures.log.records import KINDS, Names
from nba_service.measures.rollups import rollup as rolling
from nba_service.measures.rollups.packing import unpack
from nba_service.measures.rollups.rollup import ROLLED_UP_AT, Rollup
from nba_service.settings import Durability
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision, interaction, outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def open_at(path: Path) -> SqlStore:
    store = SqlStore(Database(f"sqlite:///{path}", durability=Durability.FLUSH, timeout_ms=5_000))
    store.migrate()
    return store


def everything(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    """All records, with names for codes, in an order that does not hang on how they came to be."""
    names = Names(store.rollups.names())
    named = {
        "phase",
        "action",
        "channel",
        "arm",
        "bundle",
        "reason",
        "touchpoint",
        "before",
        "tier",
        "code",
        "field",
    }
    return {
        kind: sorted(
            tuple(
                names.name(int(record[field]))
                if field in named or (kind == "traits" and field == "value")  # here all values are texts
                else str(record[field])
                for field in record.dtype.names
            )
            for record in unpack(kind, store.rollups.read(kind, 0, 10**6))
        )
        for kind in KINDS
    }


def write(store: SqlStore, step: tuple[str, str, int]) -> None:
    kind, customer, day = step
    at, key = day * DAY_MS, f"{kind}-{customer}-{day}"
    if kind == "interaction":
        store.add_interactions([interaction(key, customer, at, "quote" if day % 3 else "visit")])
    elif kind == "decision":
        store.add_decisions([decision(f"d-{customer}-{day}", customer, at, at, (("teaser", "email"),))])
    elif kind == "nothing":
        store.add_decisions([decision(f"n-{customer}-{day}", customer, at, None, ())])
    elif kind == "outcome":
        store.add_outcomes([outcome(key, f"d-{customer}-{day}", "clicked", at + DAY_MS)])
    elif kind == "erase":
        pseudonyms = (f"p-{key}-{number}" for number in range(1_000))
        store.erase(customer, pseudonyms)
    else:
        store.merge("c0", [customer], at=at, ids=iter([key]), profile=None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["interaction", "decision", "outcome", "nothing", "decision", "nothing", "erase", "merge"]
        ),
        st.sampled_from(["c0", "c1", "c2"]),
        st.integers(20_000, 20_040),
    ),
    max_size=10,
)


@given(steps=STEPS, breaks=st.sets(st.integers(0, 12)))
@settings(max_examples=8, deadline=None)
def test_bit_by_bit_is_all_at_once_whatever_comes_late(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_journey: Journey,
    steps: list[tuple[str, str, int]],
    breaks: set[int],
) -> None:
    folder = tmp_path_factory.mktemp("rollup")
    store = open_at(folder / "nba.sqlite")
    for number, step in enumerate(steps):
        write(store, step)
        if number in breaks:
            Rollup(store.rollups, tiny_journey, lambda: NOW).run()
    Rollup(store.rollups, tiny_journey, lambda: NOW).run()
    bit_by_bit = everything(store)
    store.rollups.clear()
    Rollup(store.rollups, tiny_journey, lambda: NOW).run()

    assert bit_by_bit == everything(store)
    store.close()


def test_broken_off_it_goes_on_where_it_was(
    tmp_path: Path, tiny_journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "PORTION", 1)
    store = open_at(tmp_path / "nba.sqlite")
    for number in range(5):
        write(store, ("decision", f"c{number}", 20_000 + number))

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    rollup = Rollup(store.rollups, tiny_journey, lambda: NOW)
    with pytest.raises(KeyboardInterrupt):
        rollup.run(stop)
    assert len(store.rollups.changed()) == 3
    assert store.rollups.mark(ROLLED_UP_AT) is None

    done = rollup.run()

    assert (done.people, done.whole, done.anew) == (3, True, False)
    assert len(everything(store)["decisions"]) == 5
    assert store.rollups.mark(ROLLED_UP_AT) == NOW.timestamp() * 1000


def test_another_process_that_stores_meanwhile_does_the_rest(tmp_path: Path, tiny_journey: Journey) -> None:
    store = open_at(tmp_path / "nba.sqlite")
    write(store, ("decision", "c0", 20_000))
    rollup = Rollup(store.rollups, tiny_journey, lambda: NOW)
    facts, rival = (
        store.rollups.facts,
        Rollup(open_at(tmp_path / "nba.sqlite").rollups, tiny_journey, lambda: NOW),
    )

    def overtaken(customer_ids: list[str]) -> object:
        assert rival.run().whole
        return facts(customer_ids)

    store.rollups.facts = overtaken  # type: ignore[assignment]

    assert not rollup.run().whole
    assert len(everything(store)["decisions"]) == 1


def test_another_journey_file_rolls_up_anew(
    tmp_path: Path, tiny_journey: Journey, tiny_journey_text: str
) -> None:
    store = open_at(tmp_path / "nba.sqlite")
    write(store, ("decision", "c0", 20_000))
    write(store, ("outcome", "c0", 20_000))
    dearer = parse_journey(tiny_journey_text.replace("value: 2", "value: 5").encode(), "dearer.yaml")
    values = []
    for journey in (tiny_journey, tiny_journey, dearer):
        anew = Rollup(store.rollups, journey, lambda: NOW).run().anew
        records = unpack("decisions", store.rollups.read("decisions", 0, 10**6))
        values.append((anew, records["value"].tolist()))

    assert values == [(True, [5.0]), (False, [5.0]), (True, [8.0])]


def test_what_was_deleted_for_its_age_goes(tmp_path: Path, tiny_journey: Journey) -> None:
    store = open_at(tmp_path / "nba.sqlite")
    for day in (20_000, 20_030):
        write(store, ("interaction", "c0", day))
    Rollup(store.rollups, tiny_journey, lambda: NOW).run()
    store.forget_old(20_029 * DAY_MS, 20_031 * DAY_MS)
    Rollup(store.rollups, tiny_journey, lambda: NOW).run()

    assert len(everything(store)["events"]) == 1

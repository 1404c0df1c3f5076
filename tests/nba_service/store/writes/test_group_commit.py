"""Several requests in one transaction: each gets what it alone would have got, and none harms another."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.rows import Claim, DecisionRow, InteractionRow, OutcomeRow, Seat, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.group_commit import MOST_ROWS, GroupCommit, PendingWrite


def decision(key: str, customer: str = "c", answer: str = "{}") -> DecisionRow:
    return DecisionRow(
        decision_id=key, customer_id=customer, decided_at=1_000, delivered_at=1_000, action="guide",
        channel="email", action_probability=0.5, contacts=(("guide", "email"),), context=None,
        candidates=None, bundle="b", policy="p", arm="t", request="{}", answer=answer, state=b"",
    )  # fmt: skip


def interaction(key: str, customer: str = "c", touchpoint: str = "visit") -> InteractionRow:
    return InteractionRow(interaction_id=key, customer_id=customer, occurred_at=1_000, touchpoint=touchpoint)


def outcome(key: str, of: str = "d", name: str = "clicked") -> OutcomeRow:
    return OutcomeRow(outcome_id=key, decision_id=of, outcome=name, occurred_at=2_000)


class Crowd:
    """Requests that reach the store while another write is on its way, so that they share a line."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.lines: list[int] = []

    def write(self, requests: Sequence[Callable[[], Written]]) -> list[Written | BaseException]:
        """What each got, in order; they stand in line in that order."""
        line, perform = self._store._writes.group_commit, self._store._writes.writer.write
        free = threading.Event()

        def slowly(together: Sequence[PendingWrite]) -> None:
            free.wait(10)
            self.lines.append(len(together))
            perform(together)

        line._perform = slowly
        got: list[Any] = [None] * len(requests)
        running = []
        for number, request in enumerate(requests):
            thread = threading.Thread(target=self._ask, args=(got, number, request))
            thread.start()
            running.append(thread)
            self._until_in_line(len(running))
        free.set()
        for thread in running:
            thread.join()
        line._perform = perform
        return got

    def _until_in_line(self, number: int) -> None:
        line = self._store._writes.group_commit
        ahead = self._store._writes.writers
        for _ in range(2_000):
            if len(line._queue) >= number - ahead:
                return
            threading.Event().wait(0.001)
        raise AssertionError("the request did not reach the line")

    @staticmethod
    def _ask(got: list[Any], number: int, request: Callable[[], Written]) -> None:
        try:
            got[number] = request()
        except BaseException as error:
            got[number] = error


@pytest.fixture
def crowd(store: SqlStore) -> Crowd:
    return Crowd(store)


def first(store: SqlStore) -> list[Callable[[], Written]]:
    """As many writes as may be on their way at once; whoever comes next stands in line."""
    return [
        lambda n=n: store.add_interactions([interaction(f"first-{n}")]) for n in range(store._writes.writers)
    ]  # type: ignore[misc]


def test_who_waits_is_written_together(store: SqlStore, crowd: Crowd) -> None:
    asked = [lambda n=n: store.add_interactions([interaction(f"i{n}")]) for n in range(5)]

    got = crowd.write([*first(store), *asked])

    assert got == [Written(new=1, known=0)] * len(got)
    assert sorted(crowd.lines) == sorted([1] * store._writes.writers + [5])


def test_each_is_told_what_became_of_its_own_write(store: SqlStore, crowd: Crowd) -> None:
    store.add_interactions([interaction("known"), interaction("taken")])
    store.add_decisions([decision("d-known", "x"), decision("d-taken", "x")])
    asked: list[Callable[[], Written]] = [
        *first(store),
        lambda: store.add_interactions([interaction("a"), interaction("b")]),
        lambda: store.add_interactions([interaction("known"), interaction("c")]),
        lambda: store.add_interactions([interaction("e"), interaction("taken", touchpoint="other")]),
        lambda: store.add_outcomes([outcome("o")]),
        lambda: store.add_decisions([decision("d-new", "y"), decision("d-known", "x")]),
        lambda: store.add_decisions([decision("d-taken", "x", answer="another")]),
    ]

    got = crowd.write(asked)[store._writes.writers :]

    assert got == [
        Written(new=2, known=0),
        Written(new=1, known=1),
        Written(new=0, known=2, conflicts=("taken",)),
        Written(new=1, known=0),
        Written(new=1, known=1),
        Written(new=0, known=1, conflicts=("d-taken",)),
    ]
    kept = {row["interaction_id"] for row in store.scan("interactions", "", 100)}
    assert {"a", "b", "c"} <= kept
    assert "e" not in kept  # it came with a conflict, and nothing of that request is stored


def test_the_same_write_twice_in_one_line_is_there_once(store: SqlStore, crowd: Crowd) -> None:
    asked: list[Callable[[], Written]] = [
        *first(store),
        lambda: store.add_interactions([interaction("i")]),
        lambda: store.add_interactions([interaction("i")]),
        lambda: store.add_decisions([decision("d", answer="one")]),
        lambda: store.add_decisions([decision("d", answer="two")]),
    ]

    got = crowd.write(asked)[store._writes.writers :]

    assert got == [
        Written(new=1, known=0),
        Written(new=0, known=1),
        Written(new=1, known=0),
        Written(new=0, known=1, conflicts=("d",)),
    ]
    assert store.decisions(["d"])["d"].answer == "one"


def test_of_two_decisions_about_one_person_in_one_line_one_holds(store: SqlStore, crowd: Crowd) -> None:
    """Both have seen the same state; so has a newcomer's first. Another person's decision is untouched."""
    store.add_interactions([interaction("i", "old")])
    version = store.state("old", 10_000, 10).version

    def claim(key: str, customer: str, seen: int) -> Callable[[], Written]:
        return lambda: store.add_decisions([decision(key, customer)], {key: Claim(version=seen)})

    asked = [
        claim("a1", "old", version), claim("a2", "old", version), claim("b1", "new", 0),
        claim("b2", "new", 0), claim("c1", "other", 0), claim("stale", "third", 7),
    ]  # fmt: skip
    got = crowd.write([*first(store), *asked])[store._writes.writers :]

    refused = {key for one in got if isinstance(one, Written) for key in one.refused}
    assert refused == {"a2", "b2", "stale"}
    assert set(store.decisions(["a1", "a2", "b1", "b2", "c1", "stale"])) == {"a1", "b1", "c1"}
    assert store.state("old", 10_000, 10).version == version + 1


def test_a_channel_gives_no_more_seats_to_a_line_than_it_has(store: SqlStore, crowd: Crowd) -> None:
    seat = Seat(channel="phone", day=1, most=2)

    def call(key: str) -> Callable[[], Written]:
        return lambda: store.add_decisions([decision(key, key)], {key: Claim(version=0, seats=(seat,))})

    got = crowd.write([*first(store), *(call(f"d{n}") for n in range(5))])[store._writes.writers :]

    assert sum(one.new for one in got if isinstance(one, Written)) == 2
    assert store.used_seats(["phone"], 1) == {"phone": 2}


def test_what_cannot_be_written_at_all_harms_only_itself(store: SqlStore, crowd: Crowd) -> None:
    """A number that no column holds, a text that is none."""
    too_large = OutcomeRow(outcome_id="large", decision_id="d", outcome="x", occurred_at=2**70)
    asked: list[Callable[[], Written]] = [
        *first(store),
        lambda: store.add_outcomes([outcome("good")]),
        lambda: store.add_outcomes([too_large]),
        lambda: store.add_outcomes([outcome("bad \ud800")]),
        lambda: store.add_outcomes([outcome("good too")]),
    ]

    good, large, bad, good_too = crowd.write(asked)[store._writes.writers :]

    assert good == good_too == Written(new=1, known=0)
    assert isinstance(large, Exception)
    assert isinstance(bad, Exception)
    assert [row["outcome_id"] for row in store.scan("outcomes", "", 10)] == ["good", "good too"]


def test_a_large_request_goes_by_itself(store: SqlStore, crowd: Crowd) -> None:
    many = [interaction(f"many-{n}") for n in range(MOST_ROWS + 1)]
    asked: list[Callable[[], Written]] = [
        *first(store),
        lambda: store.add_interactions([interaction("a")]),
        lambda: store.add_interactions(many),
        lambda: store.add_interactions([interaction("b")]),
    ]

    got = crowd.write(asked)[store._writes.writers :]

    assert [one.new for one in got if isinstance(one, Written)] == [1, MOST_ROWS + 1, 1]
    assert max(crowd.lines) == 1


writes = st.lists(
    st.tuples(
        st.sampled_from(["interaction", "outcome", "decision"]),
        st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True),
        st.sampled_from(["same", "other"]),
    ),
    min_size=2,
    max_size=6,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(asked=writes)
def test_together_is_as_one_after_another(
    store: SqlStore, crowd: Crowd, asked: list[tuple[str, list[int], str]]
) -> None:
    """Whatever meets in one line: what is stored is what some order of single writes would have stored."""
    run = uuid.uuid4().hex

    requests = [_request(store, run, *one) for one in asked]
    got = crowd.write([*_first_of(store, run), *requests])[store._writes.writers :]

    stored = _stored(store, run)
    for (kind, numbers, content), one in zip(asked, got, strict=True):
        assert isinstance(one, Written)
        assert one.new + one.known == len(numbers)
        mine = {f"{run}-{kind}-{number}" for number in numbers}
        differing = {key for key in mine if stored.get(key, content) != content}
        assert set(one.conflicts) <= differing
        if kind == "decision" or not one.conflicts:
            assert set(one.conflicts) == differing
            assert mine <= set(stored)
    assert sum(one.new for one in got if isinstance(one, Written)) == len(stored)


def _first_of(store: SqlStore, run: str) -> Iterator[Callable[[], Written]]:
    for n in range(store._writes.writers):
        yield lambda n=n: store.add_outcomes([outcome(f"first-{run}-{n}")])  # type: ignore[misc]


def _request(store: SqlStore, run: str, kind: str, numbers: list[int], content: str) -> Callable[[], Written]:
    keys = [f"{run}-{kind}-{number}" for number in numbers]
    if kind == "interaction":
        return lambda: store.add_interactions([interaction(key, run, content) for key in keys])
    if kind == "outcome":
        return lambda: store.add_outcomes([outcome(key, run, content) for key in keys])
    return lambda: store.add_decisions([decision(key, run, content) for key in keys])


def _stored(store: SqlStore, run: str) -> dict[str, str]:
    with store._database.engine().connect() as connection:
        found: dict[str, str] = {}
        for table, key, content in (
            ("interactions", "interaction_id", "touchpoint"),
            ("outcomes", "outcome_id", "outcome"),
            ("decisions", "decision_id", "answer"),
        ):
            statement = f"SELECT {key}, {content} FROM {table} WHERE {key} LIKE '{run}-%'"  # noqa: S608
            found.update((row[0], row[1]) for row in connection.execute(sa.text(statement)))
    return found


def test_processes_that_write_lines_about_the_same_people_lose_nothing(
    database: Database, store: SqlStore
) -> None:
    """Two stores on one database, as two workers have: claims in opposite orders, and no deadlock is seen."""
    other = SqlStore(database)
    failures: list[BaseException] = []

    def work(mine: SqlStore, start: int) -> None:
        try:
            for turn in range(5):
                keys = [f"{start}-{turn}-{n}" for n in range(4)]
                rows = [decision(key, f"p{(n * (1 if start % 2 else 3)) % 4}") for n, key in enumerate(keys)]
                mine.add_decisions(rows, {key: Claim() for key in keys})
                mine.add_outcomes([outcome(f"o-{key}", key) for key in keys])
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=work, args=((store, other)[n % 2], n)) for n in range(6)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert failures == []
    assert len(store.scan("decisions", "", 1_000)) == len(store.scan("outcomes", "", 1_000)) == 120


def test_without_an_answer_of_the_store_nobody_waits_forever() -> None:
    stuck = threading.Event()
    line = GroupCommit(lambda _queue: stuck.wait(10), patience_s=0.05)  # type: ignore[arg-type,return-value]

    def lead() -> None:
        with pytest.raises(StoreError, match="what became of"):
            line.submit(PendingWrite("outcomes", [], []))

    leader = threading.Thread(target=lead)
    leader.start()
    while line._idle:
        threading.Event().wait(0.001)

    with pytest.raises(StoreError, match="did not answer within"):
        line.submit(PendingWrite("outcomes", [], []))

    assert line._queue == []
    stuck.set()
    leader.join()
    assert line._idle == 1


def test_an_error_reaches_everyone_in_the_line_and_the_next_line_works(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite", durability=Durability.COMMIT, timeout_ms=200)
    store = SqlStore(database)  # not migrated: there are no tables

    for error in Crowd(store).write([lambda n=n: store.add_outcomes([outcome(f"o{n}")]) for n in range(3)]):  # type: ignore[misc]
        assert isinstance(error, StoreError)

    store.migrate()
    assert store.add_outcomes([outcome("o")]).new == 1
    store.close()

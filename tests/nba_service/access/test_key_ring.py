"""A worker's copy of the keys: fresh enough, and never lost with the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import pytest

from nba_service.access.key_ring import KeyRing
from nba_service.errors import StoreError
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind, make_token, token_hash

TOKEN = make_token(KeyKind.SECRET)
KEY = Key(key_id="key-1", name="a", kind=KeyKind.SECRET, scopes=frozenset({Scope.DECIDE}))


class Table:
    """A key table that can be emptied, broken or made to hang."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {token_hash(TOKEN): KEY}
        self.broken = False
        self.reads = 0
        self.goes_on = threading.Event()
        self.goes_on.set()

    def unrevoked(self) -> Mapping[str, Key]:
        self.reads += 1
        self.goes_on.wait(10)
        if self.broken:
            raise StoreError("gone")
        return dict(self.keys)

    def touch(self, used: Mapping[str, int]) -> None:
        pass


class Moment:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def ring(table: Table, moment: Moment) -> KeyRing:
    return KeyRing(table, max_age_seconds=3, now_ms=lambda: 1_000, monotonic=moment)


def test_within_its_age_the_copy_is_used_and_then_renewed(
    ring: KeyRing, table: Table, moment: Moment
) -> None:
    assert ring.find(TOKEN) == KEY
    table.keys.clear()
    moment.seconds += 2.9
    assert ring.find(TOKEN) == KEY
    moment.seconds += 0.2
    assert ring.find(TOKEN) is None
    assert table.reads == 2


def test_guessing_costs_the_store_nothing(ring: KeyRing, table: Table) -> None:
    for _ in range(100):
        assert ring.find(make_token(KeyKind.SECRET)) is None
        assert ring.find("nbask_nonsense") is None
    assert table.reads == 1


def test_a_new_key_works_at_once_and_guessing_costs_one_look_a_second(
    ring: KeyRing, table: Table, moment: Moment
) -> None:
    new = make_token(KeyKind.SECRET)
    assert ring.find(new) is None
    moment.seconds += 1.5
    table.keys[token_hash(new)] = KEY
    assert ring.find(new) == KEY
    assert table.reads == 2
    moment.seconds += 1.5
    for _ in range(100):
        assert ring.find(make_token(KeyKind.SECRET)) is None
    assert table.reads == 3


def test_a_new_key_works_at_once_on_a_busy_machine_and_guessing_holds_one_request(
    ring: KeyRing, table: Table, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nba_service.access.key_ring._NEW_KEY_PATIENCE_SECONDS", 60.0)
    assert ring.find(TOKEN) == KEY
    new = make_token(KeyKind.SECRET)
    table.keys[token_hash(new)] = KEY
    moment.seconds += 1.5
    table.goes_on.clear()
    threading.Timer(0.5, table.goes_on.set).start()
    assert ring.find(new) == KEY, "the one that begins the look waits for it"

    moment.seconds += 1.5
    table.goes_on.clear()
    first = threading.Thread(target=ring.find, args=(make_token(KeyKind.SECRET),))
    first.start()
    while table.reads < 3:
        time.sleep(0.001)
    assert ring.find(make_token(KeyKind.SECRET)) is None
    assert first.is_alive(), "the others wait a moment only"
    table.goes_on.set()
    first.join()


def test_a_store_that_is_gone_locks_nobody_out(ring: KeyRing, table: Table, moment: Moment) -> None:
    assert ring.find(TOKEN) == KEY
    table.broken = True
    moment.seconds += 3_600

    for _ in range(5):
        assert ring.find(TOKEN) == KEY
    assert table.reads == 2, "it is asked again once in a while, not with every request"

    table.broken = False
    table.keys.clear()
    moment.seconds += 3
    assert ring.find(TOKEN) is None


def test_a_store_that_hangs_holds_nobody(ring: KeyRing, table: Table, moment: Moment) -> None:
    assert ring.find(TOKEN) == KEY
    table.goes_on.clear()
    moment.seconds += 3
    assert [ring.find(TOKEN) for _ in range(3)] == [KEY] * 3
    table.goes_on.set()


def test_without_any_copy_the_failure_is_the_stores(ring: KeyRing, table: Table) -> None:
    table.broken = True
    with pytest.raises(StoreError):
        ring.find(TOKEN)
    assert ring.origins() == frozenset()
    table.broken = False
    assert ring.find(TOKEN) == KEY


def test_after_a_pause_all_who_come_at_once_learn_of_a_revoked_key(
    ring: KeyRing, table: Table, moment: Moment
) -> None:
    """The first asks the table; the others wait for what it finds in place of taking the copy of long ago."""
    assert ring.find(TOKEN) == KEY
    table.keys.clear()
    moment.seconds += 20
    table.goes_on.clear()
    answers: list[Key | None] = []
    gate = threading.Barrier(9)

    def ask() -> None:
        gate.wait()
        answers.append(ring.find(TOKEN))

    callers = [threading.Thread(target=ask) for _ in range(8)]
    for caller in callers:
        caller.start()
    gate.wait()
    threading.Timer(0.3, table.goes_on.set).start()
    for caller in callers:
        caller.join()

    assert answers == [None] * 8
    assert table.reads == 2


def test_a_store_that_is_gone_still_shuts_nobody_out_after_a_pause(
    ring: KeyRing, table: Table, moment: Moment
) -> None:
    assert ring.find(TOKEN) == KEY
    table.broken = True
    moment.seconds += 20

    assert ring.find(TOKEN) == KEY

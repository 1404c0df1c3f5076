"""The store as requests see it: every call is spelled out, and takes a bounded time."""

from __future__ import annotations

import inspect
import threading
from pathlib import Path
from typing import Any

import pytest

from nba_service.errors import StoreError
from nba_service.resilience.errors import StoreTimeoutError
from nba_service.resilience.journal import Journal
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import RequestStore, Store
from nba_service.store.rows import CustomerRow


@pytest.fixture
def store(tmp_path: Path) -> ResilientStore:
    plain = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    plain.migrate()
    return ResilientStore(
        plain, Journal(tmp_path / "journal", 100_000), most_calls=2, read_seconds=0.05, write_seconds=0.05
    )


def _calls(protocol: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(protocol) if not name.startswith("_")}


def test_it_has_the_calls_of_requests_and_none_of_those_who_run_the_service() -> None:
    assert _calls(RequestStore) <= _calls(ResilientStore)
    only_plain = _calls(Store) - _calls(RequestStore) - {"check", "close"}
    assert only_plain >= {"migrate", "scan", "load", "forget_old", "keys", "audit_log"}
    assert not only_plain & _calls(ResilientStore)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("customer", ("c",)),
        ("persons", (["c"],)),
        ("aliases_of", ("c",)),
        ("used_seats", (["mail"], 1)),
        ("decisions", (["d"],)),
        ("decided_since", (0, (0, ""), 1)),
        ("known_decisions", (["d"],)),
        ("known_interactions", (["i"],)),
        ("state", ("c", 1, 1)),
        ("decision_or_state", ("d", "c", 1, 1)),
        ("records_of", ("c", 1)),
        ("unattributed", (["o"],)),
        ("latest_update", ("b",)),
        ("propensity_update", ("b", "v")),
        ("add_decisions", ([],)),
        ("correct_decisions", ([],)),
    ],
)
def test_a_call_that_hangs_is_left_behind(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch, name: str, arguments: tuple[Any, ...]
) -> None:
    answered = getattr(store.plain, name)(*arguments)
    assert getattr(store, name)(*arguments) == answered

    ends = threading.Event()
    monkeypatch.setattr(store.plain, name, lambda *_: ends.wait(30))
    try:
        with pytest.raises(StoreTimeoutError):
            getattr(store, name)(*arguments)
    finally:
        ends.set()


def test_after_an_error_nothing_is_asked_until_the_store_is_back(
    store: ResilientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def away(_customer_id: str) -> CustomerRow | None:
        nonlocal asked
        asked += 1
        raise StoreError("It is away.")

    monkeypatch.setattr(store.plain, "customer", away)
    for _ in range(3):
        with pytest.raises(StoreError):
            store.customer("c")
    assert asked == 1
    store.breaker.close()
    with pytest.raises(StoreError, match="away"):
        store.customer("c")

"""The store as requests see it: every call is spelled out, and takes a bounded time."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from nba_service.errors import StoreError
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

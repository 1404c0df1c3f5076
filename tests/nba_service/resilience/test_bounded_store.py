"""Calls that only the store can answer are left behind when they hang."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from nba_service.resilience.errors import StoreTimeoutError
from nba_service.resilience.journal import Journal
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store import open_store


@pytest.fixture
def store(tmp_path: Path) -> ResilientStore:
    plain = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    plain.migrate()
    return ResilientStore(
        plain, Journal(tmp_path / "journal", 100_000), most_calls=2, read_seconds=0.05, write_seconds=0.05
    )


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
        ("pasts", (["c"],)),
        ("decision_or_past", ("d", "c")),
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

"""The copy of the keys: written when they change, read when a process starts without the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from nba_service.errors import StoreError
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind
from nba_service.resilience.key_cache import KeyCache
from nba_service.settings import Durability
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore

Result = TypeVar("Result")

KEY = Key(
    key_id="key-1",
    name="shop",
    kind=KeyKind.PUBLISHABLE,
    scopes=frozenset({Scope.DECIDE, Scope.TRACK}),
    origins=("https://a.example",),
    placements=("hero",),
    created_at=1,
    expires_at=100,
)


def ask(work: Callable[[], Result], /) -> Result:
    return work()


def away(_work: Callable[[], Result], /) -> Result:
    raise StoreError("It is away.")


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    store = SqlStore(
        Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=5_000)
    )
    store.migrate()
    store.keys.add(KEY, "hash-1", most_live=2)
    return store


def test_a_process_that_starts_without_the_store_reads_the_copy(store: SqlStore, tmp_path: Path) -> None:
    path = tmp_path / "j" / "keys.json"
    assert KeyCache(store.keys, ask, path).unrevoked() == {"hash-1": KEY}

    assert KeyCache(store.keys, away, path).unrevoked() == {"hash-1": KEY}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_process_that_has_read_the_store_keeps_its_own(store: SqlStore, tmp_path: Path) -> None:
    """The ring of keys has newer ones than the copy, so it is told that the store is away."""
    answers = ask
    cache = KeyCache(store.keys, lambda work: answers(work), tmp_path / "keys.json")
    cache.unrevoked()
    answers = away

    with pytest.raises(StoreError, match="away"):
        cache.unrevoked()


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"hash": {}}', b'{"hash": {"kind": "?"}}'])
def test_without_a_copy_that_can_be_read_nobody_is_let_in(
    store: SqlStore, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(StoreError, match="API keys cannot be read"):
        KeyCache(store.keys, away, path).unrevoked()


def test_a_revoked_key_leaves_the_copy_with_the_next_read(store: SqlStore, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    cache = KeyCache(store.keys, ask, path)
    cache.unrevoked()
    store.keys.revoke(["key-1"], 5)
    cache.unrevoked()

    assert KeyCache(store.keys, away, path).unrevoked() == {}


def test_when_keys_were_used_is_noted_in_the_store(store: SqlStore, tmp_path: Path) -> None:
    KeyCache(store.keys, ask, tmp_path / "keys.json").touch({"key-1": 7})

    assert store.keys.all()[0].last_used_at == 7

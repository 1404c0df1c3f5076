"""The rules that the key table keeps, on each database."""

from __future__ import annotations

import threading
from dataclasses import replace

from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind
from nba_service.store.sql_store import SqlStore

KEY = Key(
    key_id="key-1",
    name="shop",
    kind=KeyKind.PUBLISHABLE,
    scopes=frozenset({Scope.DECIDE}),
    origins=("https://a.example",),
    placements=("hero",),
    created_at=1,
    expires_at=100,
)


def test_a_key_comes_back_as_it_was(store: SqlStore) -> None:
    assert store.keys.add(KEY, "hash-1", most_live=2) == ()

    assert store.keys.all() == (KEY,)
    assert store.keys.unrevoked() == {"hash-1": KEY}


def test_use_is_noted_and_never_goes_back(store: SqlStore) -> None:
    store.keys.add(KEY, "hash-1", most_live=2)
    for at in (10, 30, 20):
        store.keys.touch({"key-1": at, "key-gone": at})

    assert store.keys.all()[0].last_used_at == 30


def test_a_key_is_revoked_once(store: SqlStore) -> None:
    store.keys.add(KEY, "hash-1", most_live=2)

    assert [key.key_id for key in store.keys.revoke(["key-1", "key-2"], 5)] == ["key-1"]
    assert store.keys.revoke(["key-1"], 6) == ()
    assert store.keys.unrevoked() == {}
    assert store.keys.all() == (replace(KEY, revoked_at=5),)


def test_of_many_at_once_two_live(store: SqlStore) -> None:
    def add(number: int) -> None:
        store.keys.add(replace(KEY, key_id=f"key-{number}"), f"hash-{number}", most_live=2)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(store.keys.all()) == 2

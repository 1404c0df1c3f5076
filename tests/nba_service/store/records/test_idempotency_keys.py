"""A request with an ``Idempotency-Key`` is claimed once and answered once, on each database."""

from __future__ import annotations

import threading

from nba_service.store.records.idempotency_keys import KeptRequest
from nba_service.store.sql_store import SqlStore


def claim(
    store: SqlStore, key: str = "k", *, at: int = 100, fingerprint: str = "f", about: tuple[str, ...] = ()
) -> KeptRequest | None:
    return store.requests.claim(key, fingerprint, about, at=at, kept_since=at - 50, stuck_since=at - 10)


def test_the_first_claim_wins_and_the_next_sees_it(store: SqlStore) -> None:
    assert claim(store) is None

    assert claim(store, fingerprint="other") == KeptRequest(
        fingerprint="f", claimed_at=100, status=None, content_type=None, body=b""
    )


def test_an_answer_is_found_again_as_it_was(store: SqlStore) -> None:
    claim(store)
    body = b'{"a": 1}' * 100
    store.requests.answer("k", 100, 201, "application/json", body)

    assert claim(store, at=101) == KeptRequest(
        fingerprint="f", claimed_at=100, status=201, content_type="application/json", body=body
    )


def test_an_old_answer_and_a_stuck_claim_are_as_good_as_none(store: SqlStore) -> None:
    claim(store, "answered")
    store.requests.answer("answered", 100, 200, "text/plain", b"")
    claim(store, "stuck")

    assert claim(store, "answered", at=150) is not None
    assert claim(store, "stuck", at=110) is not None
    assert claim(store, "stuck", at=111) is None
    assert claim(store, "answered", at=151) is None


def test_who_lost_a_claim_cannot_answer_or_release_it(store: SqlStore) -> None:
    claim(store)
    claim(store, at=111)  # the first was stuck
    store.requests.answer("k", 100, 200, "text/plain", b"late")
    store.requests.release("k", 100)

    kept = claim(store, at=112)
    assert kept is not None
    assert (kept.claimed_at, kept.status) == (111, None)

    store.requests.release("k", 111)
    assert claim(store, at=113) is None


def test_what_names_an_erased_person_goes(store: SqlStore) -> None:
    claim(store, "about", about=("c", "d-1"))
    claim(store, "other", about=("somebody",))

    store.erase("c", iter([f"gone-{n}" for n in range(9)]))

    assert claim(store, "about", at=101) is None
    assert claim(store, "other", at=101) is not None


def test_what_is_older_than_a_moment_is_forgotten(store: SqlStore) -> None:
    claim(store, "old", at=99)
    claim(store, "new")

    store.requests.forget_before(100)

    assert claim(store, "new", at=101) is not None
    assert claim(store, "old", at=101) is None


def test_of_many_at_once_one_wins(store: SqlStore) -> None:
    got: list[KeptRequest | None] = []
    threads = [threading.Thread(target=lambda: got.append(claim(store))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got.count(None) == 1
    assert len(got) == 6

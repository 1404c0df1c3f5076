"""Choices among free actions on each database: the sums are what the log says, whoever writes."""

from __future__ import annotations

import threading

from nba_service.store.records.free_choices import MOST_SHOWN, Evidence, FreeChoice
from nba_service.store.sql_store import SqlStore


def choice(event_id: str, action: str = "a", activated_at: int | None = 1) -> FreeChoice:
    return FreeChoice(
        event_id=event_id,
        fingerprint="f",
        chosen_at=1,
        action=action,
        answer="{}",
        activated_at=activated_at,
    )


def test_of_two_choices_under_one_id_the_first_counts(store: SqlStore) -> None:
    first, second = choice("e-1"), choice("e-1", "b")

    assert store.choices.add(first) == first
    assert store.choices.add(second) == first
    assert store.choices.evidence(["a", "b"]) == {"a": Evidence(1, 0)}


def test_a_choice_is_shown_once_and_rewarded_once(store: SqlStore) -> None:
    store.choices.add(choice("e-1", activated_at=None))
    assert store.choices.evidence(["a"]) == {}

    store.choices.activate("e-1", 5)
    store.choices.reward("e-1", 0.5, 6)
    store.choices.reward("e-1", -1.0, 7)
    store.choices.activate("unknown", 5)

    assert store.choices.evidence(["a"]) == {"a": Evidence(1, 0.5)}
    found = store.choices.find("e-1")
    assert found is not None
    assert (found.activated_at, found.reward) == (5, 0.5)


def test_many_writers_lose_nothing(store: SqlStore) -> None:
    def write(thread: int) -> None:
        for turn in range(5):
            store.choices.add(choice(f"{thread}-{turn}"))
            store.choices.reward(f"{thread}-{turn}", 1.0, 2)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.choices.evidence(["a"]) == {"a": Evidence(20, 20)}


def test_what_is_long_ago_fades_and_is_forgotten(store: SqlStore) -> None:
    store.choices.add(choice("e-1"))
    with store.choices._transaction(write=True) as connection:
        store.choices._count(connection, "a", shown=MOST_SHOWN - 1, reward=100.0)
    store.choices.add(choice("e-2"))

    assert store.choices.evidence(["a"]) == {"a": Evidence((MOST_SHOWN + 1) / 2, 50)}
    store.choices.forget_before(2)
    assert store.choices.find("e-1") is None

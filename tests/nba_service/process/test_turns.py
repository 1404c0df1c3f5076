"""Of several calls about one person one is in the store, and the others wait for a bounded time."""

from __future__ import annotations

import os
import threading

import pytest

from nba_service.errors import ContentionError
from nba_service.process.turns import Turns


def test_a_turn_is_one_at_a_time_and_others_have_theirs() -> None:
    turns = Turns()
    first = turns.take(["a", "b"], 1)
    with pytest.raises(ContentionError, match="same customer"):
        turns.take(["c", "b"], 0.01)
    turns.take(["c"], 0).end()  # who was refused b keeps no c
    first.end()
    turns.take(["b"], 0).end()


def test_whoever_waits_comes_next() -> None:
    turns, order = Turns(), []
    first = turns.take(["a"], 1)
    waiting = threading.Event()

    def second() -> None:
        waiting.set()
        turn = turns.take(["a"], 30)
        order.append("second")
        turn.end()

    thread = threading.Thread(target=second)
    thread.start()
    waiting.wait(30)
    order.append("first")
    first.end()
    thread.join(30)
    assert order == ["first", "second"]


def test_names_named_twice_and_in_any_order_never_wait_for_each_other() -> None:
    turns, done = Turns(), []

    def take(names: list[str]) -> None:
        for _ in range(200):
            turns.take(names, 30).end()
        done.append(names)

    threads = [threading.Thread(target=take, args=(names,)) for names in (["a", "b", "a"], ["b", "a"], ["b"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 3


def test_a_turn_of_the_process_before_a_fork_holds_nobody_up_after_it() -> None:
    turns = Turns()
    turns.take(["a"], 1)
    child = os.fork()
    if not child:
        try:
            turns.take(["a"], 0).end()
        except ContentionError:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

"""Calls end in time: late ones are left behind, and there are only so many of them."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Iterator

import pytest

from nba_service.resilience.bounded_calls import BoundedCalls
from nba_service.resilience.errors import StoreTimeoutError
from tests.waiting import wait_until

LONG = 30.0
SHORT = 0.01


@pytest.fixture
def ends() -> Iterator[threading.Event]:
    """Calls that hang end when a test does."""
    event = threading.Event()
    yield event
    event.set()


def fail() -> None:
    raise KeyError("k")


def test_a_result_and_an_error_reach_the_caller() -> None:
    calls = BoundedCalls(1)

    assert calls.run(lambda: 7, LONG) == 7
    with pytest.raises(KeyError, match="k"):
        calls.run(fail, LONG)
    wait_until(lambda: calls.busy == 0)


def test_a_late_call_is_left_behind_and_ends_by_itself(ends: threading.Event) -> None:
    calls = BoundedCalls(2)
    with pytest.raises(StoreTimeoutError, match="within 10 ms"):
        calls.run(lambda: ends.wait(LONG), SHORT)
    assert calls.busy == 1
    assert calls.run(lambda: 7, LONG) == 7

    ends.set()

    wait_until(lambda: calls.busy == 0)


def test_when_all_hang_the_next_is_refused_at_once(ends: threading.Event) -> None:
    calls = BoundedCalls(1)
    with pytest.raises(StoreTimeoutError):
        calls.run(lambda: ends.wait(LONG), SHORT)
    with pytest.raises(StoreTimeoutError, match="none was added"):
        calls.run(lambda: 7, LONG)

    ends.set()

    wait_until(lambda: calls.busy == 0)
    assert calls.run(lambda: 7, LONG) == 7


def test_a_call_inside_a_call_runs_where_it_is() -> None:
    calls = BoundedCalls(1)
    inner = calls.run(lambda: (threading.get_ident(), calls.run(threading.get_ident, LONG)), LONG)

    assert inner[0] == inner[1] != threading.get_ident()


def test_a_call_sees_the_context_of_its_caller() -> None:
    trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace")
    trace.set("t-1")

    assert BoundedCalls(1).run(trace.get, LONG) == "t-1"


def test_a_forked_child_starts_threads_of_its_own() -> None:
    calls = BoundedCalls(1)
    calls.run(lambda: 7, LONG)
    child = os.fork()
    if child == 0:
        os._exit(0 if calls.run(lambda: 7, 5.0) == 7 else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

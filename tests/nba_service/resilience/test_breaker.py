"""The breaker opens after enough failures in a row and is closed by a probe alone."""

from __future__ import annotations

from nba_service.resilience.breaker import FAILURES, Breaker


def test_failures_in_a_row_open_it() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.closed

    breaker.failed()

    assert not breaker.closed
    assert breaker.openings == 1


def test_an_answer_between_failures_starts_the_count_again() -> None:
    breaker = Breaker(failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()

    assert breaker.closed


def test_an_error_opens_it_at_once_and_counts_once() -> None:
    breaker = Breaker()
    breaker.trip()
    breaker.trip()
    breaker.failed()

    assert not breaker.closed
    assert breaker.openings == 1


def test_a_late_answer_does_not_close_an_open_one() -> None:
    breaker = Breaker(failures=1)
    breaker.failed()
    breaker.succeeded()
    assert not breaker.closed

    breaker.close()

    assert breaker.closed
    breaker.failed()
    assert breaker.openings == 2

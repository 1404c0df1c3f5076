"""Where a moment lies among each customer's events: exact, however the log is grouped."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.spans import find_ends, spans


def logs() -> st.SearchStrategy[tuple[list[list[int]], list[tuple[int, int]]]]:
    """Event times per customer, and rows (customer, instant) in any order."""
    times = st.lists(st.lists(st.integers(-50, 50), max_size=6).map(sorted), min_size=1, max_size=6)
    return times.flatmap(
        lambda per: st.tuples(
            st.just(per),
            st.lists(st.tuples(st.integers(0, len(per) - 1), st.integers(-60, 60)), min_size=1, max_size=12),
        )
    )


@settings(deadline=None)
@given(logs())
def test_an_end_counts_the_events_strictly_before(log: tuple[list[list[int]], list[tuple[int, int]]]) -> None:
    per, asked = log
    start = np.cumsum([0, *(len(times) for times in per)])
    times = np.array([t for own in per for t in own], dtype=np.int64)
    customer, instant = np.array(asked).T

    ends = find_ends(start, times, customer, instant)

    assert ends.tolist() == [start[c] + sum(t < moment for t in per[c]) for c, moment in asked]
    assert find_ends(start, times, customer, instant[:, None])[:, 0].tolist() == ends.tolist()


def test_ends_are_exact_over_the_whole_calendar() -> None:
    """A customer × time key over ten thousand years and customers must not wrap around."""
    n = 20_000
    times = np.tile(np.array([-62_135_596_800_000, 253_402_300_799_999]), n)

    ends = find_ends(np.arange(0, 2 * n + 1, 2), times, np.arange(n), np.zeros(n, dtype=np.int64))

    assert (ends == np.arange(n) * 2 + 1).all()


@settings(deadline=None)
@given(logs(), st.integers(1, 8), st.integers(1, 5))
def test_spans_hold_every_row_once_and_its_customer_with_it(
    log: tuple[list[list[int]], list[tuple[int, int]]], events: int, rows: int
) -> None:
    per, asked = log
    start = np.cumsum([0, *(len(times) for times in per)])
    customer = np.array([c for c, _ in asked])
    seen: list[int] = []
    for first, last, chosen in spans(start, customer, events=events, rows=rows):
        own = np.arange(len(customer))[chosen]
        seen += own.tolist()
        assert ((customer[own] >= first) & (customer[own] < last)).all()
        assert len(own) <= rows
        assert start[last] - start[first] <= events or len(set(customer[own])) == 1

    assert sorted(seen) == list(range(len(customer)))

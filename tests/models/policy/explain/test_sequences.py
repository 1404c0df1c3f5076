"""Sequences of phases and times to them, worked by hand and held to simulated walks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.explain.sequences import likeliest, quantiles, reached_by

CHAIN = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
"""From a half go to b at each step, from b half go on to c, and c stays."""
SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3)


def test_sequences_worked_by_hand() -> None:
    """Two steps from a, a quarter each: stay; b now or b later, and stay there; b now and c later."""
    found = {each.phases: each for each in likeliest(0, CHAIN[0], CHAIN, 1, 9)}

    assert {phases: each.chance for phases, each in found.items()} == {(): 0.25, (1,): 0.5, (1, 2): 0.25}
    assert found[1,].steps == (1.5,)
    assert found[1, 2].steps == (1.0, 2.0)
    assert likeliest(0, CHAIN[0], CHAIN, 1, 1)[0].phases == (1,)


def test_times_worked_by_hand() -> None:
    reached = reached_by(CHAIN[0], CHAIN, 3)

    assert reached[:, 1].tolist() == [0.5, 0.75, 0.875]
    assert reached[:, 2].tolist() == [0.0, 0.25, 0.5]
    assert quantiles(reached[:, 2], (0.25, 0.5, 1.0)) == (1.5, 2.0, 3.0)


@given(st.lists(SHARES, min_size=4, max_size=4), st.integers(0, 5))
def test_all_sequences_together_are_everybody(rows: list[list[float]], further: int) -> None:
    shares = np.array([[x / sum(row) for x in row] for row in rows])
    found = likeliest(1, shares[0], shares[1:], further, 10_000)

    assert sum(each.chance for each in found) == pytest.approx(1.0, abs=0.05)
    for each in found:
        assert all(a != b for a, b in zip((1, *each.phases), each.phases, strict=False))
        assert list(each.steps) == sorted(each.steps)


def test_sequences_are_those_of_simulated_customers() -> None:
    chain = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.05, 0.05, 0.9]])
    first, rng = np.array([0.6, 0.3, 0.1]), np.random.default_rng(3)
    counts: dict[tuple[int, ...], int] = {}
    for walk in rng.random((8_000, 6)).tolist():
        now, seen = 0, []
        for step, drawn in enumerate(walk):
            to = int(np.searchsorted(np.cumsum(first if step == 0 else chain[now]), drawn))
            if to != now:
                seen.append(to)
            now = to
        counts[tuple(seen)] = counts.get(tuple(seen), 0) + 1

    for each in likeliest(0, first, chain, 5, 5):
        assert counts[each.phases] / 8_000 == pytest.approx(each.chance, abs=0.02)

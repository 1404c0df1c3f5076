"""Sequences of phases and times to them, worked by hand and held to simulated walks."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.arrays import Floats
from models.policy.explain.sequences import hastened, likeliest, quantiles, reached_by, speeds

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


@given(st.floats(0.01, 1.5))
def test_speeds_differ_and_a_rare_move_is_right_on_average(spread: float) -> None:
    shares, points = (np.array(each) for each in zip(*speeds(spread), strict=True))
    assert shares.sum() == pytest.approx(1.0)
    assert shares @ np.exp(points) == pytest.approx(1.0)
    mean = shares @ points
    assert shares @ (points - mean) ** 2 == pytest.approx(spread**2)


def test_without_a_spread_all_are_as_fast() -> None:
    assert speeds(0.0) == ((1.0, 0.0),)


def test_hastening_moves_chance_to_phases_further_on() -> None:
    """Odds of two to one become four to one; where nothing is further on, nothing changes."""
    faster = hastened(np.array([[0.5, 0.5, 0.0], [0.2, 0.6, 0.2], [0.0, 0.0, 1.0]]), None, np.log(2.0))
    assert faster[0] == pytest.approx([1 / 3, 2 / 3, 0.0])
    assert faster[1] == pytest.approx([0.2 / 1.2, 0.6 / 1.2, 0.4 / 1.2])
    assert faster[2].tolist() == [0.0, 0.0, 1.0]
    assert hastened(np.array([0.2, 0.6, 0.2]), 1, np.log(2.0)) == pytest.approx(faster[1])


@given(st.lists(SHARES, min_size=4, max_size=4), st.integers(0, 4), st.integers(0, 2))
def test_chances_and_steps_are_those_of_every_walk(rows: list[list[float]], further: int, start: int) -> None:
    shares = np.array([[x / sum(row) for x in row] for row in rows])
    first, chain = shares[0], shares[1:]
    chance: dict[tuple[int, ...], float] = {}
    steps: dict[tuple[int, ...], Floats] = {}
    for walk in product(range(3), repeat=further + 1):
        own = float(first[walk[0]] * np.prod([chain[a, b] for a, b in pairwise(walk)]))
        at = [step for step, (a, b) in enumerate(pairwise((start, *walk)), 1) if a != b]
        phases = tuple(walk[step - 1] for step in at)
        chance[phases] = chance.get(phases, 0.0) + own
        steps[phases] = steps.get(phases, np.zeros(len(at))) + own * np.array(at)

    ranked = sorted(chance.values(), reverse=True)
    found = likeliest(start, first, chain, further, 4)
    assert [each.chance for each in found] == pytest.approx(ranked[:4])
    for each in found:
        assert each.chance == pytest.approx(chance[each.phases])
        assert each.steps == pytest.approx(steps[each.phases] / chance[each.phases])

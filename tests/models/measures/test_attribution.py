"""Attribution agrees with published figures, with brute force, and with itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest

from models.measures.attribution import Paths, credit, removal_effects, shapley


def test_the_removal_effects_of_a_published_example() -> None:
    """C1 > C2 > C3 converts, C1 and C2 > C3 do not: 0.5, 1 and 1, so found of 0.2, 0.4 and 0.4.

    Sergey Bryl, "Marketing multi-channel attribution model with R", analyzecore.com 2016.
    """
    paths = Paths.of([[0, 1, 2], [0], [1, 2]], [1, 0, 0], 3)

    assert removal_effects(paths) == pytest.approx([0.5, 1.0, 1.0])
    found = credit(paths, np.random.default_rng(1))
    assert [interval.value for interval in found.removal] == pytest.approx([0.2, 0.4, 0.4])


def test_the_credits_that_a_published_package_simulates() -> None:
    """pychattr (after the R package ChannelAttribution): 1.991 and 1.009 of 3 in 10,000 simulated paths."""
    paths = Paths.of([[0, 1, 0, 1, 1, 0], [0, 1, 1, 0, 0], [0, 0]], [1, 1, 1], 2)
    shares = removal_effects(paths) / removal_effects(paths).sum()

    assert (3 * shares).tolist() == pytest.approx([1.991106, 1.008894], abs=0.02)


def test_shapley_is_the_mean_over_all_orders() -> None:
    rng = np.random.default_rng(2)
    lists = [rng.integers(0, 4, rng.integers(1, 6)).tolist() for _ in range(60)]
    converted = rng.integers(0, 3, 60).astype(float).tolist()
    paths = Paths.of(lists, converted, 4)

    def worth(coalition: set[int]) -> float:
        return sum(c for path, c in zip(lists, converted, strict=True) if set(path) <= coalition)

    expected, orders = np.zeros(4), list(permutations(range(4)))
    for order in orders:
        for place, code in enumerate(order):
            expected[code] += worth(set(order[: place + 1])) - worth(set(order[:place]))

    assert shapley(paths) == pytest.approx(expected / len(orders))


def test_removal_is_what_a_walk_without_the_touchpoint_loses() -> None:
    """Against the definition: the chain with the touchpoint's row sent to the end without conversion."""
    rng = np.random.default_rng(3)
    lists = [rng.integers(0, 3, rng.integers(1, 5)).tolist() for _ in range(200)]
    converted = (rng.random(200) < 0.4).astype(float).tolist()
    effects = removal_effects(Paths.of(lists, converted, 3))

    moves = np.zeros((4, 6))
    for path, won in zip(lists, converted, strict=True):
        states = [0, *[code + 1 for code in path], 4 if won else 5]
        for one, other in pairwise(states):
            moves[one, other] += 1
    chain = moves / moves.sum(axis=1, keepdims=True)

    def chance(without: int | None) -> float:
        kept = chain[:, :4].copy()
        if without is not None:
            kept[:, without] = 0
        return float(np.linalg.solve(np.eye(4) - kept, chain[:, 4])[0])

    expected = [1 - chance(code + 1) / chance(None) for code in range(3)]
    assert effects == pytest.approx(expected)


def test_credits_add_up_and_heuristics_count_what_they_say() -> None:
    paths = Paths.of([[0, 1], [1], [2, 0]], [1, 1, 0], 3)
    found = credit(paths, np.random.default_rng(4))

    assert found.first.tolist() == [0.5, 0.5, 0.0]
    assert found.last.tolist() == [0.0, 1.0, 0.0]
    assert found.linear.tolist() == [0.25, 0.75, 0.0]
    assert found.shapley.tolist() == [0.25, 0.75, 0.0]
    assert sum(interval.value for interval in found.removal) == pytest.approx(1.0)
    assert all(0 <= interval.low <= interval.value <= interval.high <= 1 for interval in found.removal)


def test_intervals_narrow_with_customers() -> None:
    rng = np.random.default_rng(5)
    widths = []
    for n in (100, 2_000):
        lists = [rng.integers(0, 3, 3).tolist() for _ in range(n)]
        found = credit(Paths.of(lists, (rng.random(n) < 0.5).astype(float).tolist(), 3), rng)
        widths.append(found.removal[0].high - found.removal[0].low)

    assert widths[1] < widths[0] / 2


def test_worth_is_credited_where_it_was_earned() -> None:
    """Two touchpoints lead to one conversion each; what the second leads to is worth three times as much."""
    paths = Paths.of([[0], [1], [2]], [1, 1, 0], 3)
    valued = replace(paths, value=np.array([10.0, 30.0, 0.0]))

    assert removal_effects(paths).tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert removal_effects(valued).tolist() == pytest.approx([0.25, 0.75, 0.0])
    assert shapley(valued).tolist() == [10.0, 30.0, 0.0]
    same = replace(paths, value=np.ones(3))
    assert removal_effects(same).tolist() == pytest.approx(removal_effects(paths).tolist())

"""A touchpoint that turns people away, one that ends the talk, and one that does nothing are told apart."""

from __future__ import annotations

import numpy as np

from models.measures.weak_points import Uses, weak_points

DAY = 86_400_000
N = 2_000
GOOD, BAD, END, LATER = range(4)


def uses(moves: tuple[float, float, float], goes_on: tuple[float, float, float], seed: int = 4) -> Uses:
    """Each customer uses one of three touchpoints and, if they go on, the good one a day later."""
    rng = np.random.default_rng(seed)
    point = rng.integers(0, 3, N)
    moved = rng.random(N) < np.array(moves)[point]
    more = np.flatnonzero(rng.random(N) < np.array(goes_on)[point])
    customer = np.concatenate([np.arange(N), more])
    at = np.concatenate([np.zeros(N), np.full(len(more), DAY)])
    order = np.lexsort((at, customer))
    return Uses(
        customer=customer[order].astype(np.uint64),
        at=at[order].astype(np.int64),
        phase=np.zeros(len(order), dtype=np.int32),
        point=np.concatenate([point, np.full(len(more), LATER)])[order],
        moved=np.concatenate([moved, rng.random(len(more)) < moves[GOOD]])[order],
    )


def test_what_turns_people_away_and_what_ends_the_talk() -> None:
    found = weak_points(uses((0.3, 0.05, 0.25), (0.9, 0.9, 0.1)), 4, 14 * DAY, 100 * DAY)

    assert found[BAD].weak == "turns_away"
    assert found[END].weak == "drops_off"
    assert found[GOOD].weak is None
    assert found[END].drop_off is not None
    assert found[END].drop_off.low > (found[END].drop_off_usual or 1.0)


def test_what_does_nothing_is_named_and_what_few_use_is_not() -> None:
    even = weak_points(uses((0.2, 0.2, 0.2), (0.5, 0.5, 0.5)), 5, 14 * DAY, 100 * DAY)

    assert even[BAD].weak == "no_effect"
    assert (even[4].use, even[4].weak, even[4].effect) == (0.0, None, None)


def test_young_uses_are_not_judged() -> None:
    found = weak_points(uses((0.3, 0.05, 0.3), (0.9, 0.9, 0.1)), 4, 14 * DAY, 10 * DAY)

    assert {(point.effect, point.drop_off, point.weak) for point in found} == {(None, None, None)}

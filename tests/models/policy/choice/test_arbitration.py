"""Arbitration: slots are filled in order with what can be delivered together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.policy.choice.arbitration import Candidates, fill_slots
from models.policy.choice.exploration import uniform

EVERYTHING = [np.ones(4, dtype=bool)]


def candidates(*, headroom: list[int] | None = None, members: list[list[bool]] | None = None) -> Candidates:
    """Nothing and three candidates; the first two are one action on two channels."""
    conflicts = np.zeros((4, 4), dtype=bool)
    conflicts[1:3, 1:3] = True
    conflicts[3, 3] = True
    return Candidates(
        treatment=np.arange(4),
        conflicts=conflicts,
        members=np.array(members or np.zeros((0, 4)), dtype=bool),
        headroom=np.array(headroom or [], dtype=np.int64),
    )


def greedy(admitted: np.ndarray) -> np.ndarray:
    """The last admitted candidate, with certainty."""
    certain = np.zeros(len(admitted))
    certain[np.flatnonzero(admitted)[-1]] = 1.0
    return certain


def flat(admitted: np.ndarray) -> np.ndarray:
    return uniform(admitted[None])[0]


def test_no_action_twice_however_many_channels_it_has() -> None:
    picks = fill_slots(candidates(), EVERYTHING * 3, greedy, [0.5] * 3, ends_with_nothing=False)
    assert [pick.candidate for pick in picks] == [3, 2, 0]


def test_a_list_ends_with_doing_nothing_and_placements_stay_empty() -> None:
    wanted = EVERYTHING * 4
    as_list = fill_slots(candidates(), wanted, greedy, [0.5] * 4, ends_with_nothing=True)
    as_places = fill_slots(candidates(), wanted, greedy, [0.5] * 4, ends_with_nothing=False)
    assert [pick.candidate for pick in as_list] == [3, 2, 0]
    assert [pick.candidate for pick in as_places] == [3, 2, 0, 0]


def test_one_answer_does_not_exceed_a_contact_limit() -> None:
    """Candidates 2 and 3 count for one limit that admits one more contact: only one of them fits."""
    limited = candidates(headroom=[1], members=[[False, False, True, True]])
    picks = fill_slots(limited, EVERYTHING * 2, greedy, [0.5] * 2, ends_with_nothing=False)
    assert [pick.candidate for pick in picks] == [3, 1]


def test_a_slot_gets_only_what_it_admits() -> None:
    only_first = np.array([True, True, False, False])
    picks = fill_slots(candidates(), [only_first], greedy, [0.5], ends_with_nothing=False)
    assert picks[0].candidate == 1
    assert picks[0].probability.tolist() == [0.0, 1.0, 0.0, 0.0]


@given(
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=5),
    st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=5, max_size=5),
    st.integers(1, 3),
)
def test_every_slate_can_be_delivered(masks: list[list[bool]], numbers: list[float], room: int) -> None:
    admits = [np.array([True, *mask[1:]]) for mask in masks]
    members = [[False, True, True, True]]
    picks = fill_slots(
        candidates(headroom=[room], members=members),
        admits,
        flat,
        numbers[: len(admits)],
        ends_with_nothing=False,
    )
    chosen = [pick.candidate for pick in picks if pick.candidate]
    assert len(chosen) <= room
    assert len(set(chosen)) == len(chosen)
    assert not {1, 2} <= set(chosen)
    for pick, admitted in zip(picks, admits, strict=True):
        assert admitted[pick.candidate]
        assert pick.probability[pick.candidate] > 0.0
        assert abs(pick.probability.sum() - 1.0) < 1e-12


def test_the_joint_probability_of_a_slate_is_the_product_of_its_slots() -> None:
    """Realised frequencies of ordered pairs against the product of logged probabilities."""
    rng = np.random.default_rng(3)
    seen: dict[tuple[int, ...], int] = {}
    logged: dict[tuple[int, ...], float] = {}
    for numbers in rng.random((5_000, 2)).tolist():
        picks = fill_slots(candidates(), EVERYTHING * 2, flat, numbers, ends_with_nothing=False)
        pair = tuple(pick.candidate for pick in picks)
        seen[pair] = seen.get(pair, 0) + 1
        logged[pair] = float(np.prod([pick.probability[pick.candidate] for pick in picks]))
    assert abs(sum(logged.values()) - 1.0) < 1e-12
    for pair, probability in logged.items():
        error = np.sqrt(probability * (1 - probability) / 5_000)
        assert abs(seen[pair] / 5_000 - probability) < 4.5 * error

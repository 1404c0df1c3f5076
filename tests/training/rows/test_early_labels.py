"""Answers that came early count without bias, and tell more than whole windows alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.config import Split
from training.rows.early_labels import weigh_early
from training.rows.labels import NEVER
from training.rows.rows import UNKNOWN, DecisionRows
from training.rows.split import Part, split_rows, without_test

WINDOW = 30


def make_rows(at: Any, took: Any, treatment: Any = 1, phase: Any = 0) -> DecisionRows:
    """Decisions of days ``at``; ``took``: days to the answer, or ``NEVER``."""
    at, took = np.asarray(at, dtype=np.int64), np.asarray(took, dtype=np.int64)
    n = len(at)
    answered = took < NEVER
    return DecisionRows(
        customer=np.arange(n),
        decided_at=at,
        treatment=np.broadcast_to(np.asarray(treatment, dtype=np.int32), n),
        action_probability=np.full(n, np.nan),
        source=np.zeros(n, dtype=np.int8),
        stated_phase=np.full(n, -1, dtype=np.int32),
        phase=np.broadcast_to(np.asarray(phase, dtype=np.int32), n),
        response=answered.astype(np.int8),
        response_known_at=at + WINDOW,
        responded_at=np.where(answered, at + np.where(answered, took, 0), NEVER),
        reward=np.zeros(n),
        next_phase=np.zeros(n, dtype=np.int32),
        next_known_at=at + WINDOW,
        decision=np.arange(n),
    )


def simulated(rng: np.random.Generator, n: int, days: int, chance: float) -> DecisionRows:
    """Decisions spread over ``days``; answers take 9 days on average, up to the window."""
    took = np.minimum(rng.exponential(9.0, n).astype(np.int64), WINDOW)
    return make_rows(rng.integers(0, days, n), np.where(rng.random(n) < chance, took, NEVER))


def rate(rows: DecisionRows, weight: Any) -> float:
    known = rows.response != UNKNOWN
    return float(np.average(rows.response[known], weights=np.broadcast_to(weight, len(rows))[known]))


def test_early_answers_are_counted_without_bias_where_purging_loses_two_thirds() -> None:
    """200 logs, cut 45 days after the first decision; windows of 30 days have passed for a third."""
    rng, cut, truth = np.random.default_rng(3), 45, 0.03
    weighed, purged, naive = [], [], []
    for _ in range(200):
        rows = simulated(rng, 3_000, cut, truth)
        early, weight = weigh_early(rows, np.full(len(rows), cut))
        weighed.append(rate(early, weight))
        whole = rows.take(rows.response_known_at <= cut)
        purged.append(rate(whole, 1.0))
        naive.append(rate(early, 1.0))

    error = np.std(weighed) / np.sqrt(len(weighed))
    assert len(whole) < 0.37 * len(rows)
    assert abs(np.mean(weighed) - truth) < 3 * error
    assert np.mean(naive) > truth + 20 * error, "waiting for silences alone makes answers look frequent"
    assert np.var(weighed) < 0.75 * np.var(purged)


def test_what_the_weights_claim_to_tell_is_what_they_tell() -> None:
    """Rows that the estimate is worth, by its spread over logs, against the sum of weights."""
    rng, cut, truth = np.random.default_rng(5), 45, 0.2
    found, claimed = [], []
    for _ in range(300):
        rows = simulated(rng, 1_000, cut, truth)
        early, weight = weigh_early(rows, np.full(len(rows), cut))
        found.append(rate(early, weight))
        claimed.append(weight[early.response != UNKNOWN].sum())

    worth = truth * (1 - truth) / np.var(found)
    assert np.mean(claimed) == pytest.approx(worth, rel=0.25)


def test_a_phase_that_was_reached_lately_is_judged_by_its_own_waiting() -> None:
    """The same chance everywhere, but phase 1 only has decisions of the last 35 of 90 days."""
    rng, cut, truth = np.random.default_rng(8), 90, 0.3
    late = []
    for _ in range(100):
        phase = (rng.random(4_000) < 0.5).astype(np.int32)
        at = np.where(phase == 1, rng.integers(55, 90, 4_000), rng.integers(0, 90, 4_000))
        took = np.where(rng.random(4_000) < truth, rng.integers(0, WINDOW + 1, 4_000), NEVER)
        early, weight = weigh_early(make_rows(at, took, phase=phase), np.full(4_000, cut))
        mine = phase == 1
        late.append(rate(early.take(mine), weight[mine]))

    assert abs(np.mean(late) - truth) < 3 * np.std(late) / 10


@settings(max_examples=50, deadline=None)
@given(
    at=st.lists(st.integers(0, 60), min_size=1, max_size=40),
    took=st.lists(st.one_of(st.integers(0, WINDOW), st.just(NEVER)), min_size=40, max_size=40),
    cut=st.integers(1, 90),
)
def test_nothing_that_came_after_the_cut_is_known(at: list[int], took: list[int], cut: int) -> None:
    rows = make_rows(at, took[: len(at)])

    early, weight = weigh_early(rows, np.full(len(rows), cut))

    known = early.response != UNKNOWN
    assert (rows.responded_at[known & (early.response == 1)] <= cut).all()
    assert (rows.response_known_at[known & (early.response == 0)] <= cut).all()
    assert np.isfinite(weight).all()
    assert (weight > 0).all()
    if not (rows.response_known_at <= cut).any():
        assert not known.any(), (
            "without one whole window silence is unknown, so answers would be all there is"
        )


def test_an_answer_counts_although_its_window_outlives_the_log() -> None:
    """Purging by the log's end had made the response unknown before the cut was looked at."""
    rows = make_rows([0, 40], [5, 2])
    late = np.array([False, True])
    censored = rows.take([0, 1])
    censored.response[late] = UNKNOWN

    early, _ = weigh_early(censored, np.full(2, 45))

    assert early.response.tolist() == [1, 1]


def test_each_part_is_weighed_by_its_own_cut_and_the_last_one_stays() -> None:
    at = np.repeat(np.arange(0, 200, 2), 20)
    took = np.where(np.arange(len(at)) % 4 == 0, 8, NEVER)
    rows = make_rows(at, took)
    split = Split(calibrate_from=0.5, test_from=0.8)

    weighed = split_rows(rows, np.zeros(0, np.int64), split, True, "weigh")
    dropped = split_rows(rows, np.zeros(0, np.int64), split, True)

    assert dropped.weight is None
    assert weighed.weight is not None
    assert weighed.purged < dropped.purged
    test = weighed.of(Part.TEST)
    assert (weighed.weight[test] == 1).all()
    assert (weighed.rows.response[test] == rows.response[test]).all()
    for part, limit in ((Part.TRAIN, weighed.calibrate_from), (Part.CALIBRATE, weighed.test_from)):
        known = weighed.of(part) & (weighed.rows.response == 1)
        assert (rows.responded_at[known] <= limit).all()
        mine = weighed.rows.take(weighed.of(part))
        assert rate(mine, weighed.weight[weighed.of(part)]) == pytest.approx(0.25, abs=0.02)
    again = without_test(weighed, True, "weigh")
    assert again.weight is not None
    assert again.purged < weighed.purged

"""Exploration: what is logged is what the draw does."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from bisect import bisect_left, bisect_right
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.domain.objective import (
    Exploration,
    ExplorationMethod,
)
from models.policy.choice.exploration import (
    draw,
    first_best,
    inverse_gap,
    numbers,
    protect,
    spread,
    thompson,
    uniform,
    with_new,
)

EUR = st.floats(-1e4, 1e4)


SETTINGS = st.builds(
    Exploration,
    method=st.sampled_from(ExplorationMethod),
    gamma=st.floats(1e-3, 1e3),
    floor=st.floats(0.0, 0.5),
)


@st.composite
def slots(draw_from: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Priorities, deviations and which candidates exist, for one to three situations."""
    shape = (draw_from(st.integers(1, 3)), draw_from(st.integers(1, 8)))
    priority = draw_from(arrays(np.float64, shape, elements=EUR))
    deviation = draw_from(arrays(np.float64, shape, elements=st.floats(0.0, 100.0)))
    candidate = draw_from(arrays(np.bool_, shape))
    candidate[:, 0] = True
    return priority, deviation, candidate


@given(slots(), SETTINGS)
def test_probabilities_sum_to_one_and_skip_what_is_no_candidate(
    slot: tuple[np.ndarray, np.ndarray, np.ndarray], exploration: Exploration
) -> None:
    priority, deviation, candidate = slot
    probability = spread(exploration, priority, deviation, candidate)
    np.testing.assert_allclose(probability.sum(axis=1), 1.0, atol=1e-12)
    assert (probability[~candidate] == 0.0).all()
    assert (probability >= 0.0).all()


@given(slots(), SETTINGS)
def test_every_candidate_keeps_its_share_of_the_floor(
    slot: tuple[np.ndarray, np.ndarray, np.ndarray], exploration: Exploration
) -> None:
    priority, deviation, candidate = slot
    if exploration.method is ExplorationMethod.NONE:
        return
    probability = spread(exploration, priority, deviation, candidate)
    least = np.broadcast_to(exploration.floor / candidate.sum(axis=1, keepdims=True), candidate.shape)
    assert (probability[candidate] >= least[candidate] - 1e-12).all()


@given(slots(), SETTINGS)
def test_one_situation_at_a_time_equals_all_at_once(
    slot: tuple[np.ndarray, np.ndarray, np.ndarray], exploration: Exploration
) -> None:
    priority, deviation, candidate = slot
    together = spread(exploration, priority, deviation, candidate)
    for index in range(len(priority)):
        one = slice(index, index + 1)
        alone = spread(exploration, priority[one], deviation[one], candidate[one])
        np.testing.assert_allclose(alone[0], together[index], atol=1e-12)


@given(slots(), st.floats(1e-3, 1e3))
def test_inverse_gap_costs_less_than_one_over_gamma_euros(
    slot: tuple[np.ndarray, np.ndarray, np.ndarray], gamma: float
) -> None:
    """The promise of the setting: expected loss by the model's own account is below 1 / gamma."""
    priority, _, candidate = slot
    probability = inverse_gap(priority, candidate, gamma)
    top = np.where(candidate, priority, -np.inf).max(axis=1, keepdims=True)
    loss = (probability * np.where(candidate, top - priority, 0.0)).sum(axis=1)
    assert (loss < 1.0 / gamma).all()


@given(slots(), st.floats(1e-3, 1e3), st.integers(0, 7), st.floats(0.0, 1e3))
def test_a_higher_priority_never_has_a_lower_probability(
    slot: tuple[np.ndarray, np.ndarray, np.ndarray], gamma: float, which: int, raised: float
) -> None:
    priority, _, candidate = slot
    index = which % priority.shape[1]
    before = inverse_gap(priority, candidate, gamma)[:, index]
    better = priority.copy()
    better[:, index] += raised
    assert (inverse_gap(better, candidate, gamma)[:, index] >= before - 1e-12).all()


def test_inverse_gap_by_hand() -> None:
    """K = 3, gamma = 2 per EUR. Gaps 0, 1, 2: 1/(3·3) = 1/9, 1/(3·5) = 1/15, the rest 37/45."""
    probability = inverse_gap(np.array([[5.0, 4.0, 3.0]]), np.ones((1, 3), dtype=bool), gamma=2.0)
    np.testing.assert_allclose(probability, [[37 / 45, 1 / 9, 1 / 15]])


def test_thompson_of_two_normals_is_the_normal_of_their_difference() -> None:
    """P(N(1, 3²) > N(0, 4²)) = Φ(1 / 5) = 0.57926."""
    probability = thompson(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]), np.ones((1, 2), dtype=bool))
    np.testing.assert_allclose(probability, [[0.57926, 0.42074]], atol=2e-4)


def test_thompson_agrees_with_thompson_draws() -> None:
    rng = np.random.default_rng(1)
    mean, deviation = rng.normal(10, 3, (1, 12)), rng.gamma(2.0, 1.0, (1, 12))
    deviation[0, 0] = 0.0  # doing nothing is known exactly
    winners = rng.normal(mean, deviation, (400_000, 12)).argmax(axis=1)
    frequency = np.bincount(winners, minlength=12) / len(winners)
    probability = thompson(mean, deviation, np.ones((1, 12), dtype=bool))[0]
    error = np.sqrt(frequency * (1 - frequency) / len(winners))
    assert (np.abs(probability - frequency) < 5 * error + 1e-3).all()


def test_thompson_without_uncertainty_takes_the_best() -> None:
    probability = thompson(np.array([[2.0, 1.0, 0.0]]), np.zeros((1, 3)), np.ones((1, 3), dtype=bool))
    np.testing.assert_allclose(probability, [[1.0, 0.0, 0.0]], atol=1e-9)


@given(slots())
def test_thompson_stands_whatever_the_scale_of_the_uncertainty(
    slot: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Deviations of nothing next to such of a hundred EUR: probabilities, and the order of equals kept."""
    priority, deviation, candidate = slot
    probability = thompson(priority, deviation, candidate)

    assert np.isfinite(probability).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1.0, 1e3])
def test_the_grid_of_thompson_is_fine_enough(scale: float) -> None:
    """Twenty candidates of unlike uncertainty: within 0.003 of 400,000 draws, in whichever currency."""
    rng = np.random.default_rng(17)
    mean, deviation = rng.normal(0, 1, 20), rng.uniform(0.02, 2, 20)
    draws = np.bincount(rng.normal(mean, deviation, (400_000, 20)).argmax(axis=1), minlength=20) / 400_000

    grid = thompson(mean[None] * scale, deviation[None] * scale, np.ones((1, 20), dtype=bool))[0]

    np.testing.assert_allclose(grid, draws, atol=0.003)


def test_a_service_message_that_is_best_is_certain_and_otherwise_left_alone() -> None:
    merit = np.array([[1.0, 5.0, 3.0], [1.0, 2.0, 3.0]])  # the second candidate is the service message
    everyone = np.ones((2, 3), dtype=bool)
    service = np.array([[False, True, False]] * 2)
    probability = protect(merit, everyone, service, uniform)
    np.testing.assert_allclose(probability, [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])


def test_equals_go_to_the_first() -> None:
    assert first_best(np.array([[1.0, 2.0, 2.0]]), np.ones((1, 3), dtype=bool)).tolist() == [1]


@given(
    arrays(np.float64, st.integers(1, 9), elements=st.floats(0.0, 1.0)).filter(lambda p: p.sum() > 0),
    st.floats(0.0, 1.0, exclude_max=True),
)
def test_what_has_no_probability_is_never_drawn(weight: np.ndarray, number: float) -> None:
    assert weight[draw(weight / weight.sum(), number)] > 0.0


@pytest.mark.parametrize("method", list(ExplorationMethod))
def test_draws_follow_the_logged_probabilities(method: ExplorationMethod) -> None:
    """Chi-square over 20,000 decisions, each with the number of its own id."""
    exploration = Exploration(method=method, gamma=0.5, floor=0.05)
    priority = np.array([[4.0, 6.0, 5.0, 1.0, 9.0]])
    candidate = np.array([[True, True, True, True, False]])
    probability = spread(exploration, priority, np.full((1, 5), 1.5), candidate)[0]
    drawn = [draw(probability, numbers(f"d-{i}", 1)[0]) for i in range(20_000)]
    observed = np.bincount(drawn, minlength=5)
    possible = probability > 0
    expected = 20_000 * probability[possible]
    assert observed[~possible].sum() == 0
    assert ((observed[possible] - expected) ** 2 / expected).sum() < 20.0  # 4 degrees: p = 0.0005


def test_the_same_id_draws_the_same_numbers_in_another_process() -> None:
    program = "from models.policy.choice.exploration import numbers; print(numbers('mail-77/c-1', 3))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(numbers("mail-77/c-1", 3))


def test_the_numbers_are_written_down_so_that_anybody_can_replay_a_log() -> None:
    """The first 53 bits of SHA-256 of "slot:id", as a fraction."""
    digest = hashlib.sha256(b"1:d-1").hexdigest()
    assert numbers("d-1", 2)[1] == (int(digest[:16], 16) >> 11) / 2**53


def test_the_numbers_of_the_slots_are_uniform_and_independent() -> None:
    drawn = np.array([numbers(f"d-{i}", 2) for i in range(20_000)])
    assert ((drawn >= 0.0) & (drawn < 1.0)).all()
    counts, _, _ = np.histogram2d(drawn[:, 0], drawn[:, 1], bins=10, range=[[0, 1], [0, 1]])
    assert ((counts - 200) ** 2 / 200).sum() < 160  # chi-square, 99 degrees: p = 0.0001


def test_the_rate_of_new_ones_fades_with_evidence() -> None:
    """Worked by hand: uniform over three; one is half new, so it gets 0.5·0.2 and half its third of 0.9."""
    candidate = np.ones((1, 3), dtype=bool)
    shares = with_new(uniform, candidate, np.array([[0.0, 0.0, 0.5]]), 0.2)[0]
    assert shares[2] == pytest.approx(0.1 + 0.9 * 0.5 / 3)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(shares[1])


@settings(max_examples=60, deadline=None)
@given(st.integers(60, 400), st.integers(0, 2**32 - 1), st.floats(0, 1, exclude_max=True))
def test_many_candidates_are_drawn_as_few_are(size: int, seed: int, number: float) -> None:
    """From 65 on NumPy adds up: the same sums in the same order."""
    rng = np.random.default_rng(seed)
    probability = np.where(rng.random(size) < 0.5, rng.random(size), 0.0)
    probability[rng.integers(size)] = 0.1
    reached = list(accumulate(probability.tolist()))
    expected = min(bisect_right(reached, number * reached[-1]), bisect_left(reached, reached[-1]))

    assert draw(probability, number) == expected
    assert probability[expected] > 0.0

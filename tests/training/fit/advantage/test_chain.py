"""The phase chain, planned to the horizon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from training.fit.advantage.chain import fit_chain
from training.fit.advantage.rows import Problem, Rows
from training.simulator.drawn.company import Company
from training.simulator.drawn.drawing import draw_company, zero_mean_offer
from training.simulator.drawn.rollout import make_log


def company_where(seeds: range, **traits: object) -> Company:
    """The first company of the seeds with these traits."""
    companies = (draw_company(seed) for seed in seeds)
    return next(c for c in companies if all(getattr(c.traits, k) == v for k, v in traits.items()))


def test_a_chain_without_effects_does_nothing() -> None:
    company = company_where(range(60), nothing_works=True)
    chain = fit_chain(problem_of(company), rows_of(make_log(company, 3_000, seed=1)))

    assert np.isfinite(chain.worth[:, :, 0]).all()
    gain = chain.worth - chain.worth[:, :, :1]
    assert np.median(gain[np.isfinite(gain)]) <= 0


def log_of(treatment: np.ndarray, next_phase: np.ndarray, reward: np.ndarray) -> Rows:
    """Rows of one phase and step; all other columns stay those of a drawn log."""
    drawn = rows_of(make_log(zero_mean_offer(), 4 * len(treatment), seed=1)).take(slice(len(treatment)))
    zero = np.zeros(len(treatment), dtype=np.int64)
    return replace(drawn, step=zero, phase=zero, treatment=treatment, next_phase=next_phase, reward=reward)


def two_phases(horizon: int) -> Problem:
    return Problem(
        phases=2,
        channels=1,
        cost=np.array([0.0, 1.0]),
        channel=np.array([-1, 0]),
        tires=np.array([False, False]),
        discount=0.5,
        horizon=horizon,
    )


def test_a_treatment_is_worth_what_it_moves_less_its_cost() -> None:
    """Nothing moves 1 of 10, treatment 1 moves 9 of 10 into phase 1, which earns 10 EUR: 9 - 1 against 1."""
    n = 2_000
    treatment, tenth = np.arange(n) % 2, np.arange(n) // 2 % 10
    moved = np.where(treatment == 1, tenth < 9, tenth < 1)

    chain = fit_chain(two_phases(1), log_of(treatment, moved.astype(np.int64), 10.0 * moved))

    assert chain.reward[0, 1] == pytest.approx(10.0)
    assert chain.worth[0, 0] == pytest.approx([1.0, 8.0], abs=0.3)
    assert chain.values[0, 0] == chain.worth[0, 0].max()
    assert chain.base.sum(axis=1) == pytest.approx(1.0)


def test_what_comes_later_is_discounted_and_nothing_comes_after_the_end() -> None:
    """Everybody stays and earns 4 EUR a step: 4, then 4 + 2."""
    zero = np.zeros(500, dtype=np.int64)

    chain = fit_chain(two_phases(2), log_of(zero, zero, np.full(500, 4.0)))

    assert chain.values[2].tolist() == [0.0, 0.0, 0.0]
    assert chain.values[1, 0] == pytest.approx(4.0, abs=0.05)
    assert chain.values[0, 0] == pytest.approx(6.0, abs=0.05)


def test_what_was_never_tried_is_never_chosen() -> None:
    zero = np.zeros(500, dtype=np.int64)

    chain = fit_chain(two_phases(1), log_of(zero, zero, np.zeros(500)))

    assert np.isneginf(chain.worth[0, :, 1]).all()
    assert np.isfinite(chain.worth[0, :, 0]).all()


def test_few_moves_are_shrunk_to_those_of_the_phase() -> None:
    """Three lucky contacts do not make a treatment that always works."""
    treatment = (np.arange(1_000) < 3).astype(np.int64)
    moved = (treatment == 1) | (np.arange(1_000) % 10 == 0)

    chain = fit_chain(two_phases(1), log_of(treatment, moved.astype(np.int64), 10.0 * moved))

    assert chain.worth[0, 0, 1] + 1 < 3.0

"""How many EUR a decision can move: by phase the unit, by customer more or less of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from models.learned.advantage.belief import certain
from training.fit.advantage.chain import fit_chain
from training.fit.advantage.scale import TILT, baseline_features, fit_scale, fit_stakes, phase_means
from training.simulator.drawn.drawing import draw_company, zero_mean_offer
from training.simulator.drawn.rollout import make_log


def test_means_by_phase_and_the_overall_one_where_rows_are_few() -> None:
    """Forty rows of 2 in phase 0, ten of 7 in phase 1: (80 + 70) / 50 = 3 there, and in an empty phase."""
    values, phase = np.repeat([2.0, 7.0], [40, 10]), np.repeat([0, 1], [40, 10])

    assert phase_means(values, phase, 3) == pytest.approx([2.0, 3.0, 3.0])


def test_a_phase_where_nothing_is_at_stake_keeps_a_little() -> None:
    values, phase = np.repeat([0.0, 100.0], 50), np.repeat([0, 1], 50)

    assert phase_means(values, phase, 2) == pytest.approx([0.01, 100.0])


def test_the_unit_is_the_spread_of_what_comes_next() -> None:
    """A half buys for 100 EUR: a standard deviation of 50."""
    company = zero_mean_offer()
    problem, rows = problem_of(company), rows_of(make_log(company, 4_000, seed=1))
    chain = fit_chain(problem, rows)

    scale = fit_scale(problem, rows, chain, baseline_features(rows, None))

    assert scale.unit(np.zeros(1, dtype=np.int64))[0] == pytest.approx(50.0, rel=0.1)
    assert scale.standardised(rows.attributes).std(axis=0) == pytest.approx(1.0)


def test_a_tilt_is_bounded_and_one_where_the_usual_is_at_stake() -> None:
    company = draw_company(3)
    problem, rows = problem_of(company), rows_of(make_log(company, 1_500, seed=1))
    scale = fit_scale(problem, rows, fit_chain(problem, rows), baseline_features(rows, None))
    phase = np.zeros(3, dtype=np.int64)

    assert scale.tilt(scale.variance[phase] * np.array([1.0, 1e-9, 1e9]), phase) == pytest.approx(
        [1.0, *TILT]
    )


def test_stakes_are_the_spread_over_phases_foretold_by_another_model() -> None:
    """Where the next phase is certain nothing is at stake; even between two it is half their distance."""
    company = draw_company(3)
    problem, rows = problem_of(company), rows_of(make_log(company, 1_500, seed=1))
    chain = fit_chain(problem, rows)
    ahead = np.zeros((rows.n, company.phases))
    ahead[:, :2] = 0.5
    plain = replace(rows, ahead=ahead, attributes=np.zeros_like(rows.attributes))

    scale = fit_stakes(problem, plain, chain)

    worth = chain.reward[:, :2] + problem.discount * chain.values[0, :2]
    seen = np.bincount(rows.phase, minlength=company.phases) >= 30
    expected = (np.abs(worth[:, 0] - worth[:, 1]) / 2)[seen]
    assert scale.unit(np.flatnonzero(seen)) == pytest.approx(
        np.maximum(expected, 0.01 * expected.max()), rel=1e-6
    )
    sure = replace(plain, ahead=np.eye(company.phases)[np.zeros(rows.n, dtype=np.int64)])
    assert scale.ahead(
        np.empty((rows.n, 0)), sure, certain(sure.phase, company.phases)
    ).variance == pytest.approx(0.0, abs=1e-8)

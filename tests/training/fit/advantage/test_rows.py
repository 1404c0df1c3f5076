"""Logged decisions as the learner takes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import rows_of
from training.fit.advantage.rows import by_step, halves, runs
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.rollout import make_log


def test_innovations_are_random_by_design() -> None:
    """Their mean is nil within four standard errors, whatever the logging policy's reasons."""
    rows = rows_of(make_log(draw_company(3), 2_000, seed=1))
    innovation = rows.innovation().astype(np.float64)

    error = innovation.std(axis=0) / np.sqrt(rows.n)
    assert (np.abs(innovation.mean(axis=0)) < 4 * error + 1e-6).all()


def test_an_innovation_is_what_was_done_minus_its_probability() -> None:
    rows = rows_of(make_log(draw_company(3), 20, seed=1))
    before = rows.probabilities.copy()

    innovation = rows.innovation()

    taken = innovation[np.arange(rows.n), rows.treatment]
    assert taken == pytest.approx(1 - before[np.arange(rows.n), rows.treatment])
    assert innovation.sum(axis=1) == pytest.approx(0.0, abs=1e-6)
    assert np.array_equal(rows.probabilities, before)


def test_halves_are_of_whole_customers_and_about_even() -> None:
    rows = rows_of(make_log(draw_company(3), 200, seed=1))

    half = halves(rows)

    assert {len({*half[rows.customer == customer].tolist()}) for customer in range(200)} == {1}
    firsts = half[rows.step == 0]
    assert firsts.mean() == pytest.approx(0.5, abs=0.05)


def test_every_row_is_in_the_group_of_its_step() -> None:
    rows = rows_of(make_log(draw_company(3), 20, seed=1))

    steps = by_step(rows.step)

    assert len(steps) == rows.step.max() + 1
    assert [{*rows.step[at].tolist()} for at in steps] == [{step} for step in range(len(steps))]
    assert sum(len(at) for at in steps) == rows.n


def test_some_rows_keep_their_columns_together() -> None:
    rows = rows_of(make_log(draw_company(3), 20, seed=1))

    some = rows.take(rows.customer == 3)
    renumbered = some.with_customers(np.zeros(some.n, dtype=np.int64))

    assert np.array_equal(some.treatment, rows.treatment[rows.customer == 3])
    assert not renumbered.customer.any()
    assert renumbered.reward is some.reward


def test_a_run_ends_where_a_decision_is_missing() -> None:
    rows = rows_of(make_log(draw_company(3), 20, seed=1))
    own = np.flatnonzero(rows.customer == 3)
    own = own[np.argsort(rows.step[own])]
    run, step = runs(rows)

    assert len({*run[own].tolist()}) == 1
    assert step[own].tolist() == rows.step[own].tolist()
    later = rows.elapsed.copy()
    later[own[2]] = 3.0

    run, step = runs(replace(rows, elapsed=later))

    assert run[own[1]] != run[own[2]] == run[own[-1]]
    assert step[own].tolist() == [0, 1, *range(len(own) - 2)]

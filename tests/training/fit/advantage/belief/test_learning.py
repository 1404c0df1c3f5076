"""How often phases are stated wrongly is learned, and believed where it is worth it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from training.fit.advantage.belief.learning import attach, fit_belief
from training.simulator.drawn.company import Company
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.rollout import make_log


def company_where(seeds: range, **traits: object) -> Company:
    """The first company of the seeds with these traits."""
    companies = (draw_company(seed) for seed in seeds)
    return next(c for c in companies if all(getattr(c.traits, k) == v for k, v in traits.items()))


def test_misread_phases_are_noticed_and_exact_ones_believed() -> None:
    wrong = company_where(range(100), wrong=0.25)
    exact = company_where(range(100), wrong=0.0, late=0.0)

    noticed = fit_belief(problem_of(wrong), rows_of(make_log(wrong, 2_000, seed=1)))

    assert noticed is not None
    assert noticed.confusion > 0.08
    assert fit_belief(problem_of(exact), rows_of(make_log(exact, 2_000, seed=1))) is None


def test_a_belief_is_closer_to_the_truth_than_the_statement() -> None:
    company = company_where(range(100), wrong=0.25)
    rows = rows_of(make_log(company, 2_000, seed=1))
    belief = fit_belief(problem_of(company), rows)

    now = attach(belief, problem_of(company), rows)

    assert now.sum(axis=1) == pytest.approx(1.0)
    stated = now[np.arange(rows.n), rows.phase]
    assert 0.5 < stated.mean() < 1.0


def test_labels_at_their_word_are_certain() -> None:
    company = draw_company(3)
    rows = rows_of(make_log(company, 30, seed=1))

    now = attach(None, problem_of(company), rows)

    assert now.argmax(axis=1).tolist() == rows.phase.tolist()
    assert set(np.unique(now)) == {0.0, 1.0}


def test_that_somebody_left_is_always_known() -> None:
    company = company_where(range(100), wrong=0.25)
    rows = rows_of(make_log(company, 2_000, seed=1))
    belief = fit_belief(problem_of(company), rows)
    assert belief is not None

    after = belief.next(belief.now(rows.stated), rows.next_phase)

    left = rows.next_phase == company.phases
    assert after[left, -1] == pytest.approx(1.0, abs=1e-6)


def test_a_filter_that_foretells_no_better_than_the_last_statement_is_not_believed() -> None:
    """Labels at random: their table says as much as any hidden chain."""
    company = company_where(range(100), wrong=0.25)
    rows = rows_of(make_log(company, 500, seed=1))
    rng = np.random.default_rng(3)
    drawn = rng.integers(0, company.phases, (rows.n, rows.stated.shape[1]))

    at_random = replace(rows, stated=drawn, phase=drawn[:, -1], next_phase=rng.permutation(drawn[:, -1]))

    assert fit_belief(problem_of(company), at_random) is None

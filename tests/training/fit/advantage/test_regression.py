"""The regression on innovations: what each fold is told was not learned from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from models.learned.advantage.model import Effects, Situation
from training.fit.advantage.regression import Regression
from training.fit.advantage.rows import Rows, folds
from training.simulator.drawn.drawing import zero_mean_offer
from training.simulator.drawn.rollout import make_log

COMPANY = zero_mean_offer()
PROBLEM = problem_of(COMPANY)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(make_log(COMPANY, 3_000, seed=1))


def regression(rows: Rows, prior: Effects | None = None) -> Regression:
    """In units of one, with noise of variance one."""
    situation = Situation(
        scale=np.ones(rows.n),
        belief=np.eye(PROBLEM.phases)[rows.phase],
        attributes=rows.attributes,
        taste=rows.taste,
        contact=rows.contact,
        recent=rows.recent,
        stake=np.ones(rows.n),
    )
    return Regression(PROBLEM, rows, situation, np.ones(rows.n), folds(rows), None, prior)


def done(rows: Rows) -> np.ndarray:
    """(k,) the innovation of the only offer."""
    return rows.innovation()[:, 1].astype(np.float64)


def test_an_effect_of_two_is_found_shrunk_and_other_folds_say_it(rows: Rows) -> None:
    """Five groups share one effect, each with coefficients of nil of its own: about 0.8 of it is left."""
    noise = np.random.default_rng(1).standard_normal(rows.n)

    found = regression(rows).explain(2.0 * done(rows) + noise)

    assert found.effects.by_phase[0, 1] == pytest.approx(1.6, abs=0.15)
    assert found.phase_said == pytest.approx(1.6 * done(rows), abs=0.2)
    assert (found.residual**2 / found.noise).mean() == pytest.approx(1.0)


def test_what_a_fold_is_told_does_not_depend_on_its_own_residuals(rows: Rows) -> None:
    """The variances are shared, so the shrinkage moves a little; the effect would move by a third."""
    residual = 2.0 * done(rows) + np.random.default_rng(2).standard_normal(rows.n)
    own = folds(rows) == 0
    changed = np.where(own, residual + 2.0 * done(rows), residual)

    before, after = (regression(rows).explain(each) for each in (residual, changed))

    moved = np.abs(after.effects.by_phase[0, 1] - before.effects.by_phase[0, 1])
    told = np.abs(after.phase_said[own] - before.phase_said[own]).max()
    assert moved == pytest.approx(1 / 3, abs=0.1)
    assert told < 0.05


def test_halves_are_made_of_folds(rows: Rows) -> None:
    made = regression(rows)
    residual = 2.0 * done(rows) + np.random.default_rng(3).standard_normal(rows.n)
    made.fit(residual)

    for half in made.of_halves(residual):
        assert half.by_phase[0, 1] == pytest.approx(1.6, abs=0.2)


@pytest.mark.parametrize(("prior", "found"), [(2.0, 2.0), (1.0, 1.8), (-2.0, 1.2)])
def test_effects_start_from_the_prior_and_go_where_the_rows_want_them(
    rows: Rows, prior: float, found: float
) -> None:
    """Of the way from the prior to the effect of two about 0.8 is gone."""
    nil = regression(rows).explain(np.zeros(rows.n)).effects
    start = replace(nil, by_phase=np.where(np.arange(2) > 0, prior, nil.by_phase))
    noise = np.random.default_rng(1).standard_normal(rows.n)

    explained = regression(rows, start).explain(2.0 * done(rows) + noise)

    assert explained.effects.by_phase[0, 1] == pytest.approx(found, abs=0.15)
    assert explained.phase_said == pytest.approx(found * done(rows), abs=0.2)


def test_each_coefficient_by_itself_is_not_told_its_own_fold_either(rows: Rows) -> None:
    residual = 2.0 * done(rows) + np.random.default_rng(2).standard_normal(rows.n)
    own = folds(rows) == 0
    changed = np.where(own, residual + 2.0 * done(rows), residual)

    before = regression(rows).explain(residual, sparse=True)
    after = regression(rows).explain(changed, sparse=True)

    assert before.phase_said == pytest.approx(1.6 * done(rows), abs=0.4)
    assert after.phase_said[own] == pytest.approx(before.phase_said[own], abs=0.3)

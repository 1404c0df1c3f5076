"""The learner in companies whose truth is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT))  # benchmarks are not installed

from benchmarks.drawn.learning import learned_policies, problem_of, rows_of  # noqa: E402
from training.fit.advantage.believing import attach, fit_belief  # noqa: E402
from training.fit.advantage.chain import fit_chain  # noqa: E402
from training.fit.advantage.value import decayed_innovations  # noqa: E402
from training.simulator.drawn.company import Company  # noqa: E402
from training.simulator.drawn.drawing import draw_company, offer_for_half, zero_mean_offer  # noqa: E402
from training.simulator.drawn.rollout import Evaluator, make_log  # noqa: E402


def company_where(seeds: range, **traits: object) -> Company:
    """The first company of the seeds with these traits."""
    companies = (draw_company(seed) for seed in seeds)
    return next(c for c in companies if all(getattr(c.traits, k) == v for k, v in traits.items()))


@pytest.mark.parametrize(("company", "best"), [(zero_mean_offer(), 7.5), (offer_for_half(), 5.0)])
def test_an_offer_goes_to_whom_it_helps(company: Company, best: float) -> None:
    """At least nine tenths of what can be gained over doing nothing."""
    policies, _ = learned_policies(make_log(company, 5_000, seed=1))
    evaluator = Evaluator(company, 2_000, seed=2)

    assert evaluator.measure(policies["ours"]).mean - 50.0 > 0.9 * best


def test_where_nothing_works_nothing_is_done() -> None:
    company = company_where(range(60), nothing_works=True, rewards="frequent")
    policies, fitted = learned_policies(make_log(company, 1_500, seed=1))

    assert fitted.evidence.kept == (0.0, 0.0, 0.0)
    assert Evaluator(company, 200, seed=2).measure(policies["ours"], repeats=1).contacts == 0


def test_the_same_log_teaches_the_same() -> None:
    company = draw_company(8)
    first, again = (learned_policies(make_log(company, 800, seed=1))[1] for _ in range(2))

    assert np.array_equal(first.raw.advantage.by_phase, again.raw.advantage.by_phase)
    assert first.evidence == again.evidence


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

    now, after = attach(belief, problem_of(company), rows)

    assert now.sum(axis=1) == pytest.approx(1.0)
    assert after.sum(axis=1) == pytest.approx(1.0)
    stated = now[np.arange(rows.n), rows.phase]
    assert 0.5 < stated.mean() < 1.0


def test_innovations_are_random_by_design() -> None:
    """Their mean is nil within four standard errors, whatever the logging policy's reasons."""
    rows = rows_of(make_log(draw_company(3), 2_000, seed=1))
    innovation = rows.innovation().astype(np.float64)

    error = innovation.std(axis=0) / np.sqrt(rows.n)
    assert (np.abs(innovation.mean(axis=0)) < 4 * error + 1e-6).all()


def test_decayed_innovations_add_up_what_was_done_before() -> None:
    rows = rows_of(make_log(draw_company(3), 50, seed=1))
    now, after = decayed_innovations(rows, 0.5)
    own = np.flatnonzero(rows.customer == 0)
    one = rows.innovation()

    assert not now[own[0]].any()
    assert now[own[2]] == pytest.approx(0.5 * one[own[0]] + one[own[1]], abs=1e-6)
    assert after[own[1]] == pytest.approx(now[own[2]])


def test_a_chain_without_effects_does_nothing() -> None:
    company = company_where(range(60), nothing_works=True)
    chain = fit_chain(problem_of(company), rows_of(make_log(company, 3_000, seed=1)))

    assert np.isfinite(chain.worth[:, :, 0]).all()
    gain = chain.worth - chain.worth[:, :, :1]
    assert np.median(gain[np.isfinite(gain)]) <= 0

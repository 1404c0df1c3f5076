"""The learner in companies whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drawn.learning import learned_policies
from training.simulator.drawn.company import Company
from training.simulator.drawn.drawing import draw_company, offer_for_half, zero_mean_offer
from training.simulator.drawn.rollout import Evaluator, make_log


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

    assert fitted.moves.kept == (0.0, 0.0)
    assert fitted.money.kept == (0.0, 0.0)
    assert Evaluator(company, 200, seed=2).measure(policies["ours"], repeats=1).contacts == 0


def test_the_same_log_teaches_the_same() -> None:
    company = draw_company(8)
    first, again = (learned_policies(make_log(company, 800, seed=1))[1] for _ in range(2))

    for one, other in ((first.raw.moves, again.raw.moves), (first.raw.money, again.raw.money)):
        assert np.array_equal(one.effects.by_phase, other.effects.by_phase)
    assert (first.moves, first.money) == (again.moves, again.money)

"""The planner against an enumeration of everything that can happen, and against what policies earn."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from training.simulator.drawn.company import DISCOUNT, Company
from training.simulator.drawn.customers import Customers, Standing, draw_customers
from training.simulator.drawn.drawing import draw_company, offer_for_half, zero_mean_offer
from training.simulator.drawn.planner import Planner
from training.simulator.drawn.policies import Always, Logging, Random
from training.simulator.drawn.rollout import Evaluator


def few_treatments(seed: int) -> Company:
    """A drawn company with two steps and four treatments, some of which warm and some tire."""
    company = draw_company(seed)
    short = [
        "cost", "channel", "tires", "warms", "response", "direct", "through", "leaving", "personal", "felt",
    ]  # fmt: skip
    fewer = {name: getattr(company, name)[:4] for name in short}
    fewer["warms"] = np.array([0, 1, 2, 0])
    return replace(company, horizon=3, recovery=0.25, **fewer)


def enumerate_all(people: Customers, i: int, p: int, f: int, w: int, steps: int) -> float:
    """The best that customer ``i`` can bring within ``steps``: every choice, every chance, one by one."""
    c = people.company
    if steps == 0 or p == c.phases:
        return 0.0
    best = -np.inf
    for a in range(c.treatments):
        if not people.eligible[i, a]:
            continue
        taste = people.taste[i, c.channel[a]]
        respond = 0.0 if a == 0 else 1 / (1 + exp(-(c.response[a] + 0.7 * taste - 0.3 * f)))
        total = -c.cost[a]
        for r, chance in ((0, 1 - respond), (1, respond)):
            forward = c.base[p, 1] + people.pull[i, p] + c.direct[a, p] + c.through[a, p] * r
            forward += people.personal[i, a] * c.felt[a, p] * (0.5 + 0.5 * r)
            forward += c.warm_effect[p] * w - c.tiredness * f
            leave = c.base[p, 3] + c.leaving[a, p] + 0.6 * c.tiredness * f - 0.1 * w
            odds = [1.0, exp(forward), exp(c.base[p, 2]), exp(leave)]
            for k, odd in enumerate(odds):
                to = int(c.destination[p, k])
                earned = people.margin[i] * c.value[to] if to not in (p, c.phases) else 0.0
                later = 0.0
                for f2, pf in [(min(f + 1, 2), 1.0)] if c.tires[a] else [(max(f - 1, 0), 0.25), (f, 0.75)]:
                    for falls, pw in ((0, 0.65), (1, 0.35)):
                        kept = max(w - falls, 0)
                        landed = ((1, 0.75), (0, 0.25)) if c.warms[a] else ((0, 1.0),)
                        for lands, pl in landed:
                            w2 = min(kept + int(c.warms[a]) * lands, 2)
                            later += pf * pw * pl * enumerate_all(people, i, to, f2, w2, steps - 1)
                total += chance * odd / sum(odds) * (earned + DISCOUNT * later)
        best = max(best, float(total))
    return best


@pytest.mark.parametrize("seed", [1, 3])
def test_the_planner_finds_what_an_enumeration_finds(seed: int) -> None:
    people = draw_customers(few_treatments(seed), 3, np.random.default_rng(seed))
    planner = Planner(people)
    standing = Standing(people.phase, np.array([0, 1, 2]), np.array([2, 0, 1]))

    found = planner.value(standing, 1)

    slow = [enumerate_all(people, i, int(people.phase[i]), i, [2, 0, 1][i], 2) for i in range(3)]
    assert found == pytest.approx(slow, rel=1e-5)


def test_the_best_treatment_is_worth_the_value_of_the_state() -> None:
    people = draw_customers(draw_company(3), 40, np.random.default_rng(1))
    planner = Planner(people)
    zero = np.zeros(40, dtype=np.int64)
    standing = Standing(people.phase, zero, zero + 1)

    worth = np.array([planner.worth(standing, 2, np.full(40, a)) for a in range(people.company.treatments)])

    best = np.where(people.eligible.T, worth, -np.inf).max(axis=0)
    assert best == pytest.approx(planner.value(standing, 2), rel=1e-4, abs=1e-4)


def test_regret_measures_what_a_policy_earns() -> None:
    """Two ways to the same number: the planner's value minus regret, and adding up rewards."""
    evaluator = Evaluator(draw_company(3), 400, seed=5)
    for policy in (Random(), Always(0), Logging(evaluator.company)):
        earned = np.array([evaluator.earn(policy, seed) for seed in range(40, 60)]).mean(axis=1)

        error = earned.std(ddof=1) / np.sqrt(len(earned))
        assert abs(evaluator.measure(policy, repeats=8).mean - earned.mean()) < 4 * error


def test_the_zero_mean_offer_is_worth_7_50_to_who_knows_the_attribute() -> None:
    """Half buy at 0.65 with the offer and half at 0.5 without it: 57.50 EUR; nothing and always: 50."""
    evaluator = Evaluator(zero_mean_offer(), 4_000, seed=1)

    assert evaluator.best.mean() == pytest.approx(57.5, abs=0.3)
    assert evaluator.measure(Always(0)).mean == pytest.approx(50.0, abs=0.01)
    assert evaluator.measure(Always(1)).mean == pytest.approx(50.0, abs=0.6)


def test_the_offer_for_half_is_worth_five_euro_a_customer() -> None:
    """20 EUR more for half of them at 10 EUR each: 55; for everybody: 50 + 10 - 10."""
    evaluator = Evaluator(offer_for_half(), 4_000, seed=1)

    assert evaluator.best.mean() == pytest.approx(55.0, abs=0.3)
    assert evaluator.measure(Always(1)).mean == pytest.approx(50.0, abs=0.5)


def test_nobody_beats_the_planner() -> None:
    evaluator = Evaluator(draw_company(8), 200, seed=1)

    for policy in (Random(), Logging(evaluator.company), Always(1)):
        assert (evaluator.measure(policy).eur <= evaluator.best + 1e-3).all()

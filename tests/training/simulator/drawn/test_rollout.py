"""Logs of drawn companies: exact probabilities, reproducible rows, records that hold what was done."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulator.drawn.company import Company
from training.simulator.drawn.customers import draw_customers
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.policies import Always, Logging
from training.simulator.drawn.records import draw, state_phase
from training.simulator.drawn.rollout import make_log

WORLD = draw_company(3)


def test_a_log_can_be_made_again() -> None:
    first, again, other = make_log(WORLD, 200, 1), make_log(WORLD, 200, 1), make_log(WORLD, 200, 2)

    assert np.array_equal(first.treatment, again.treatment)
    assert np.array_equal(first.reward, again.reward)
    assert np.array_equal(first.after.recent, again.after.recent)
    assert first.n != other.n or not np.array_equal(first.treatment, other.treatment)


def test_stated_probabilities_are_those_that_the_treatments_were_drawn_with() -> None:
    """Each treatment is taken as often as its probabilities add up to, within four standard errors."""
    log = make_log(WORLD, 3_000, 1)

    p = log.probabilities.astype(np.float64)
    taken = np.bincount(log.treatment, minlength=p.shape[1])
    error = np.sqrt((p * (1 - p)).sum(axis=0))
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (p[~log.view.eligible] == 0).all()
    assert (np.abs(taken - p.sum(axis=0)) < 4 * error + 1e-9).all()


def test_the_logging_policy_explores_as_much_as_it_says() -> None:
    view = make_log(WORLD, 300, 1).view
    p = Logging(WORLD).probabilities(view)

    least = WORLD.traits.exploration / view.eligible.sum(axis=1)
    assert p[view.eligible] == pytest.approx(np.maximum(p, least[:, None])[view.eligible])


def test_who_has_left_is_not_decided_for() -> None:
    log = make_log(WORLD, 500, 1)

    last = np.zeros(500, dtype=np.int64)
    np.maximum.at(last, log.customer, log.view.step)
    gone = log.customer[log.left]
    assert (last[gone] == log.view.step[log.left]).all()
    assert (log.view.phase < WORLD.phases).all()


def test_doing_nothing_leaves_no_trace_of_contacts() -> None:
    log = make_log(WORLD, 100, 1, Always(0))

    assert not log.after.recent.any()
    assert not log.responded.any()


def test_phases_are_misread_as_often_as_the_world_says() -> None:
    worlds = [draw_company(seed) for seed in range(60)]
    company: Company = next(c for c in worlds if c.traits.wrong > 0 and c.traits.late > 0)
    rng = np.random.default_rng(1)
    phase, before = np.full(20_000, 2), np.full(20_000, 0)

    stated = state_phase(company, before, phase, rng)

    assert (stated == 0).mean() == pytest.approx(company.traits.late, abs=0.015)
    assert np.isin(stated, [1, 3]).mean() == pytest.approx(company.traits.wrong, abs=0.015)


def test_channels_that_cannot_reach_a_customer_are_never_used() -> None:
    people = draw_customers(WORLD, 500, np.random.default_rng(1))
    log = make_log(WORLD, 500, 1)

    assert people.eligible[:, 0].all()
    assert log.view.eligible[np.arange(log.n), log.treatment].all()


def test_a_draw_never_takes_what_has_no_probability() -> None:
    probability = np.tile([0.3, 0.7 - 1e-12, 0.0], (5_000, 1))

    assert set(draw(probability, np.random.default_rng(2))) == {0, 1}

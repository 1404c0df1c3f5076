"""Customers of a drawn company behave as its coefficients say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulator.drawn.company import FORWARD, LEAVE, Company, sigmoid
from training.simulator.drawn.customers import (
    Standing,
    draw_customers,
    entry_value,
    move_probability,
    response_probability,
)
from training.simulator.drawn.drawing import draw_company

COMPANY = draw_company(3)
N = 4_000


def standing(n: int, phase: int, fatigue: int = 0, warmth: int = 0) -> Standing:
    return Standing(np.full(n, phase), np.full(n, fatigue), np.full(n, warmth))


def test_customers_are_drawn_as_the_company_says() -> None:
    people = draw_customers(COMPANY, N, np.random.default_rng(1))

    assert np.bincount(people.phase, minlength=COMPANY.phases) / N == pytest.approx(COMPANY.start, abs=0.03)
    assert people.margin.mean() == pytest.approx(1.0, abs=0.05)
    assert people.observed.shape == (N, COMPANY.observed + 2)
    assert people.eligible[:, 0].all()
    reached = people.eligible[:, 1:].mean(axis=0)
    assert reached == pytest.approx(COMPANY.reachable[COMPANY.channel[1:]], abs=0.03)


def test_taking_some_keeps_each_customers_columns_together() -> None:
    people = draw_customers(COMPANY, 10, np.random.default_rng(1))

    some = people.take(np.array([7, 2]))

    assert some.n == 2
    assert some.company is COMPANY
    assert np.array_equal(some.observed, people.observed[[7, 2]])
    assert np.array_equal(some.phase, people.phase[[7, 2]])


def test_nothing_is_never_answered_and_fatigue_makes_an_answer_rarer() -> None:
    people = draw_customers(COMPANY, 5, np.random.default_rng(1))
    contact = np.ones(5, dtype=np.int64)

    fresh, tired = (response_probability(people, np.full(5, level), contact) for level in (0, 2))

    assert response_probability(people, np.zeros(5), np.zeros(5, dtype=np.int64)).tolist() == [0.0] * 5
    taste = people.taste[:, COMPANY.channel[1]]
    assert fresh == pytest.approx(sigmoid(COMPANY.response[1] + 0.7 * taste))
    assert (tired < fresh).all()


def moves(company: Company, treatment: int, responded: float, where: Standing) -> np.ndarray:
    people = draw_customers(company, 5, np.random.default_rng(1))
    return move_probability(people, where, np.full(5, treatment), np.full(5, responded))


def test_an_effect_is_a_shift_of_the_odds_of_moving_forward() -> None:
    """The odds forward over staying change by exp(direct + through), and no other odds do."""
    nobody, nowhere = np.zeros_like(COMPANY.personal), np.zeros_like(COMPANY.leaving)
    company = replace(COMPANY, personal=nobody, taste_effect=0.0, leaving=nowhere)
    nothing, treated = moves(company, 0, 0.0, standing(5, 1)), moves(company, 1, 1.0, standing(5, 1))

    before, after = (p / p[:, :1] for p in (nothing, treated))
    shift = np.log(after) - np.log(before)
    assert nothing.sum(axis=1) == pytest.approx(1.0)
    assert shift[:, FORWARD] == pytest.approx(company.direct[1, 1] + company.through[1, 1])
    assert np.delete(shift, FORWARD, axis=1) == pytest.approx(0.0)


def test_fatigue_holds_back_and_sends_away_and_warmth_does_the_opposite() -> None:
    company = replace(COMPANY, tiredness=0.5, warm_effect=np.full(COMPANY.phases, 0.4))
    fresh, tired, warm = (moves(company, 0, 0.0, standing(5, 1, f, w)) for f, w in ((0, 0), (2, 0), (0, 2)))

    def odds(p: np.ndarray, k: int) -> np.ndarray:
        return np.log(p[:, k] / p[:, 0])

    assert odds(tired, FORWARD) - odds(fresh, FORWARD) == pytest.approx(-1.0)
    assert odds(tired, LEAVE) - odds(fresh, LEAVE) == pytest.approx(0.6)
    assert odds(warm, FORWARD) - odds(fresh, FORWARD) == pytest.approx(0.8)
    assert odds(warm, LEAVE) - odds(fresh, LEAVE) == pytest.approx(-0.2)


def test_entering_a_phase_earns_its_value_times_the_margin_and_leaving_earns_nothing() -> None:
    people = draw_customers(COMPANY, 3, np.random.default_rng(1))
    target = np.array([1, 0, COMPANY.phases])

    earned = entry_value(people, np.array([0, 0, 0]), target)

    assert earned == pytest.approx([COMPANY.value[1] * people.margin[0], 0.0, 0.0])

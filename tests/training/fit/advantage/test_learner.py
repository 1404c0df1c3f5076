"""Effects in money are found where they are, and what is known of their size is used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from models.learned.advantage.belief import certain
from training.fit.advantage.belief.learning import attach
from training.fit.advantage.fit import fit_frame
from training.fit.advantage.later import worth_later
from training.fit.advantage.learner import Frame, Learned, Variances, learn
from training.fit.advantage.rows import Rows
from training.simulator.drawn.drawing import draw_company, zero_mean_offer
from training.simulator.drawn.rollout import make_log

COMPANY = zero_mean_offer()


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(make_log(COMPANY, 4_000, seed=1))


@pytest.fixture(scope="module")
def frame(rows: Rows) -> Frame:
    return fit_frame(problem_of(COMPANY), rows)


@pytest.fixture(scope="module")
def learned(frame: Frame, rows: Rows) -> Learned:
    return learn(frame, rows)


def test_an_offer_is_worth_15_euro_more_to_one_half_and_less_to_the_other(
    frame: Frame, rows: Rows, learned: Learned
) -> None:
    """Half buy for 100 EUR at 0.65 with the offer, half at 0.35, everybody at 0.5 without it."""
    situation, _ = frame.situation(rows, attach(frame.belief, frame.problem, rows))

    effect = learned.advantage.effect(situation)[:, 1]

    gains = effect[effect > 0].mean(), effect[effect < 0].mean()
    assert gains[0] == pytest.approx(15.0, abs=5.0)
    assert gains[1] == pytest.approx(-15.0, abs=5.0)
    assert not learned.advantage.effect(situation)[:, 0].any()


def test_residuals_are_what_nobody_could_expect(learned: Learned, rows: Rows) -> None:
    assert learned.residual.shape == learned.noise.shape == (rows.n,)
    error = learned.residual.std() / np.sqrt(rows.n)
    assert abs(learned.residual.mean()) < 4 * error
    assert (learned.residual**2 / learned.noise).mean() == pytest.approx(1.0)


def test_a_situation_is_centred_on_the_log(frame: Frame, rows: Rows) -> None:
    situation, ahead = frame.situation(rows, attach(frame.belief, frame.problem, rows))

    for name in ("contact", "recent", "taste"):
        assert getattr(situation, name).mean(axis=0) == pytest.approx(0.0, abs=1e-6)
    tilt = frame.scale.tilt(ahead.variance, rows.phase)
    assert situation.scale == pytest.approx(frame.scale.unit(rows.phase) * tilt)
    assert situation.stake == pytest.approx(ahead.stake)


def test_effects_that_are_known_to_be_nil_stay_nil(frame: Frame, rows: Rows, learned: Learned) -> None:
    """With every group held to nil no effect is learned, whatever the rows say."""
    nil = np.full_like(learned.money.posterior.variances, 1e-14)

    found = learn(frame, rows, Variances(nil, nil))

    situation, _ = frame.situation(rows, attach(frame.belief, frame.problem, rows))
    assert np.abs(found.advantage.effect(situation)).max() < 0.1


@pytest.mark.parametrize("price", [0.05, 0.1])
def test_a_contact_costs_what_the_company_thinks_where_the_log_is_silent(price: float) -> None:
    """Thirty journeys say next to nothing of what contacts do later."""
    company = draw_company(3)
    log = rows_of(make_log(company, 30, seed=1))
    thinking = replace(problem_of(company), pressure=price)
    frame = fit_frame(thinking, log)

    later, (_, ahead) = learn(frame, log).later, frame.situation(log, certain(log.phase, company.phases))
    pressure = np.where(np.arange(len(later.coefficients)) == 0, later.coefficients, 0.0)
    table = worth_later(thinking, frame.scale.chain.base, log, log.phase, ahead.stake, pressure)

    cost = -table[log.phase][:, company.tires].mean()
    assert cost == pytest.approx(price, rel=0.3)

"""Scores: the priority by hand, for one customer and for many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from models.arrays import Ints
from models.bundle import Models
from models.domain.history import build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.learned.advantage.contacts import ContactReader
from models.learned.advantage.served import ServedAdvantage
from models.learned.features.situations import Situations
from models.policy.engine import Engine
from models.policy.scoring.estimates import Estimates
from tests.models.policy.deciding import Ask


class Told:
    """An estimator that says what it was told: the treatment's own numbers, whatever the situation."""

    def __init__(self, propensity: list[float], leads_to: list[list[float]], values: list[float]) -> None:
        self._propensity = np.array(propensity)
        self._leads_to = np.array(leads_to)
        self._values = np.array(values)

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates:
        p = self._propensity[treatment]
        leads_to = self._leads_to[treatment]
        return Estimates(
            propensity=p,
            low=p - 0.05,
            high=p + 0.05,
            evidence=np.full(len(p), 10.0),
            leads_to=leads_to,
            next_value=np.tile(self._values, (len(p), 1)),
            shift_error=np.zeros_like(leads_to),
        )


@pytest.fixture
def told(tiny_journey: Journey) -> Engine:
    """Treatments: nothing, care@web, offer@email, teaser@email, teaser@web."""
    engine = Engine(tiny_journey, None, "told")
    stay, move = [0.2, 0.8, 0.0], [0.1, 0.6, 0.3]
    engine.estimator = Told([0.0, 0.3, 0.2, 0.1, 0.1], [stay, stay, move, stay, stay], [1.0, 5.0, 50.0])
    return engine


def interested(engine: Engine, ask: Ask) -> Situations:
    return engine.situate(ask(stated_phase="interested"))


def test_the_priority_by_hand(told: Engine, ask: Ask) -> None:
    """Interested customer. Entry values 0, 1, 100; journey values 1, 5, 50; staying earns no entry value.

    Nothing: 0.2·(0 + 1) + 0.8·5 = 4.2.
    offer@email: immediate 0.2·10 = 2; journey 0.1·1 + 0.6·5 + 0.3·(100 + 50) = 48.1; cost 0.1.
    """
    scores = told.score(interested(told, ask), np.zeros(2, dtype=np.int64), np.array([0, 2]))
    np.testing.assert_allclose(scores.immediate, [0.0, 2.0])
    np.testing.assert_allclose(scores.journey, [4.2, 48.1])
    np.testing.assert_allclose(scores.cost, [0.0, 0.1])
    np.testing.assert_allclose(scores.priority, [4.2, 50.0])
    np.testing.assert_allclose(scores.over_nothing, [0.0, 45.8])


def test_weights_and_levers_multiply_propensity_times_value_only(told: Engine, ask: Ask) -> None:
    journey = replace(
        told.journey, objective=replace(told.journey.objective, levers={"offer": 3.0, "sales": 2.0})
    )
    engine = Engine(journey, None, "told")
    engine.estimator = told.estimator
    offer = np.array([2])
    scores = engine.score(interested(engine, ask), np.zeros(1, dtype=np.int64), offer, np.array([0.5]))
    np.testing.assert_allclose(scores.immediate, [0.2 * 10 * 3 * 2 * 0.5])
    np.testing.assert_allclose(scores.journey, [48.1])


def test_over_nothing_needs_no_asking_for_nothing(told: Engine, ask: Ask) -> None:
    with_nothing = told.score(interested(told, ask), np.zeros(2, dtype=np.int64), np.array([2, 0]))
    without = told.score(interested(told, ask), np.zeros(1, dtype=np.int64), np.array([2]), np.ones(1))
    assert len(without.over_nothing) == 1
    assert without.over_nothing[0] == with_nothing.over_nothing[0]


def test_the_deviation_follows_the_interval(told: Engine, ask: Ask) -> None:
    """A 90 % interval of 0.1 is 2 · 1.645 deviations, times 10 EUR."""
    scores = told.score(interested(told, ask), np.zeros(1, dtype=np.int64), np.array([2]))
    np.testing.assert_allclose(scores.deviation, [10 * 0.1 / (2 * 1.6449)], rtol=1e-6)


def test_one_customer_at_a_time_equals_all_at_once(
    tiny_journey: Journey, learned: Models, ask: Ask, touch: Callable[..., Interaction]
) -> None:
    """Bit for bit: the service scores one, training and evaluation score whole logs."""
    engine = Engine(tiny_journey, learned, "b")
    pasts = [[], [touch("visit", 3)], [touch("quote", 20), touch("visit", 2)], [touch("order", 50)]]
    instant = to_ms(ask().decided_at)
    situations = engine.builder.situate(
        history=build_history(tiny_journey, pasts),
        customer=np.arange(4),
        instant=np.full(4, instant),
        attributes=engine.builder.attribute_matrix([{"age": 20.0 + 10 * i} for i in range(4)]),
    )
    row, treatment = np.repeat(np.arange(4), 5), np.tile(np.arange(5), 4)
    together = engine.score(situations, row, treatment)
    for index, past in enumerate(pasts):
        alone = engine.situate(ask(*past, attributes={"age": 20.0 + 10 * index}))
        scores = engine.score(alone, np.zeros(5, dtype=np.int64), np.arange(5))
        for field in fields(scores):
            expected = getattr(together, field.name)[row == index]
            assert np.array_equal(getattr(scores, field.name), expected), field.name


def test_learned_scores_are_probabilities_and_add_up(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    engine = Engine(tiny_journey, learned, "b")
    scores = engine.score(engine.situate(ask()), np.zeros(5, dtype=np.int64), np.arange(5))
    np.testing.assert_allclose(scores.leads_to.sum(axis=1), 1.0)
    assert ((scores.low <= scores.propensity) & (scores.propensity <= scores.high)).all()
    np.testing.assert_allclose(scores.priority, scores.immediate + scores.journey - scores.cost)
    assert scores.over_nothing[0] == 0.0
    assert (scores.evidence[1:] > 0).all()


def test_raising_a_value_never_lowers_a_rank(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    request = ask(stated_phase="interested")

    def rank_of_teaser(value: float) -> int:
        actions = tuple(replace(a, value=value) if a.name == "teaser" else a for a in tiny_journey.actions)
        engine = Engine(replace(tiny_journey, actions=actions), learned, "b")
        scores = engine.score(engine.situate(request), np.zeros(5, dtype=np.int64), np.arange(5))
        return int((scores.priority > scores.priority[4]).sum())

    ranks = [rank_of_teaser(value) for value in (0.0, 1.0, 5.0, 20.0, 100.0, 1e4)]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[-1] <= 1  # only its own twin on the other channel may still be ahead


def test_what_was_learned_in_money_ranks_and_nothing_else_of_the_answer_moves(
    tiny_journey: Journey, learned: Models, make_advantage: Callable[..., ServedAdvantage], ask: Ask
) -> None:
    """Gain over nothing: the effect, less the cost. Propensities and next phases stay."""
    before = Engine(tiny_journey, learned, "b")
    advantage = make_advantage(tiny_journey, learned.spec)
    engine = Engine(tiny_journey, replace(learned, advantage=advantage), "b")
    situations = engine.situate(ask(stated_phase="interested", attributes={"age": 70}))
    treatment = np.arange(len(tiny_journey.treatments))
    row = np.zeros_like(treatment)

    old, new = (each.score(situations, row, treatment) for each in (before, engine))

    customer_x = engine.builder.customer_features(situations)
    chance = before.estimator.estimate(situations, row[:1], treatment[:1]).leads_to
    reader = ContactReader(
        learned.spec, tiny_journey, advantage.treatments, advantage.channels, advantage.step_days
    )
    situation = advantage.situation(reader.read(situations), customer_x, situations.phase, chance)
    effect = advantage.advantage.effect(situation)[0]
    lever = engine.factors.lever[treatment]
    raised = new.propensity * advantage.value * (lever - 1.0)
    assert new.over_nothing == pytest.approx(effect + raised - engine.factors.cost[treatment])
    assert new.over_nothing[0] == 0.0
    assert new.priority == pytest.approx(new.immediate + new.journey - new.cost)
    for name in ("propensity", "low", "high", "evidence", "immediate", "cost", "leads_to"):
        np.testing.assert_array_equal(getattr(new, name), getattr(old, name))


def test_many_situations_at_once_gain_what_each_gains_alone(
    tiny_journey: Journey, learned: Models, make_advantage: Callable[..., ServedAdvantage], ask: Ask
) -> None:
    engine = Engine(tiny_journey, replace(learned, advantage=make_advantage(tiny_journey, learned.spec)), "b")
    treatment = np.arange(len(tiny_journey.treatments))
    ages = [20.0, 45.0, 80.0]
    alone = [
        engine.score(
            engine.situate(ask(stated_phase="interested", attributes={"age": age})),
            np.zeros_like(treatment),
            treatment,
        ).over_nothing
        for age in ages
    ]
    request = ask(stated_phase="interested")
    together = engine.builder.situate(
        history=build_history(tiny_journey, [[], [], []]),
        customer=np.arange(3),
        instant=np.full(3, to_ms(request.decided_at)),
        attributes=engine.builder.attribute_matrix([{"age": age} for age in ages]),
        stated_phase=np.full(3, tiny_journey.phase_index["interested"], dtype=np.int32),
    )

    found = engine.score(together, np.repeat(np.arange(3), len(treatment)), np.tile(treatment, 3))

    assert found.over_nothing == pytest.approx(np.concatenate(alone), rel=1e-12)


def test_an_entry_that_was_paid_for_is_not_paid_again(told: Engine, ask: Ask) -> None:
    """As in the priority by hand, but becoming a customer again does not earn the 100 EUR twice."""
    phases = tuple(replace(phase, paid_once=phase.name == "customer") for phase in told.journey.phases)
    engine = Engine(replace(told.journey, phases=phases), None, "told")
    engine.estimator = told.estimator
    new, old = (
        replace(interested(told, ask), phases_reached=np.array([0b011 | reached << 2])) for reached in (0, 1)
    )
    row, treatment = np.zeros(2, dtype=np.int64), np.array([0, 2])

    first, again = (engine.score(situations, row, treatment) for situations in (new, old))

    np.testing.assert_allclose(first.journey, [4.2, 48.1])
    np.testing.assert_allclose(again.journey, [4.2, 18.1])
    many = engine.score(old, np.zeros(3, dtype=np.int64), np.array([2, 0, 2]))  # not the compiled way
    np.testing.assert_allclose(many.journey, [18.1, 4.2, 18.1])


@pytest.mark.parametrize("reached", [0b011, 0b111])
def test_learned_models_score_one_and_many_alike_where_an_entry_was_paid(
    tiny_journey: Journey, tiny_models: Models, ask: Ask, reached: int
) -> None:
    phases = tuple(replace(phase, paid_once=phase.name == "customer") for phase in tiny_journey.phases)
    engine = Engine(replace(tiny_journey, phases=phases), tiny_models, "once")
    situations = replace(interested(engine, ask), phases_reached=np.array([reached]))
    zeros = np.zeros(3, dtype=np.int64)

    one = engine.score(situations, zeros, np.array([0, 2, 3]))
    many = engine.score(situations, zeros, np.array([2, 0, 3]))  # not the compiled way

    np.testing.assert_allclose(one.priority[[1, 0, 2]], many.priority, rtol=1e-9)
    each = Engine(tiny_journey, tiny_models, "each").score(situations, zeros, np.array([0, 2, 3]))
    assert (each.journey > one.journey + 1e-6).all() == (reached == 0b111)

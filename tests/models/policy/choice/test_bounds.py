"""Bounds, switched factors, new_treatments and share prices: what the business may ask for beyond EUR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import Decision, DecisionRequest
from models.domain.journey import Journey
from models.domain.objective import (
    Arm,
    ArmPolicy,
    Bounds,
    Exploration,
    ExplorationMethod,
    Factors,
    NewTreatments,
    ShareBound,
)
from models.policy.choice.exploration import uniform, with_new
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.rehearsal.rehearsal import Rehearsal
from models.policy.rehearsal.share_prices import Situated, share_prices
from models.policy.scoring.new_treatments import like_treatments, trained_codes
from models.policy.steps import run_steps

Ask = Callable[..., DecisionRequest]


def engine_with(journey: Journey, models: Models | None, **objective: Any) -> Engine:
    changed = replace(journey, objective=replace(journey.objective, **objective))
    return Engine(changed, models, "b", trained=journey)


def of(decision: Decision, action: str, channel: str | None = "email") -> Any:
    return next(c for c in decision.candidates if (c.action, c.channel) == (action, channel))


@pytest.mark.parametrize("factor", ["propensity", "value", "weight", "lever", "cost", "journey"])
def test_a_factor_that_is_off_is_neutral_and_says_so(
    tiny_journey: Journey, learned: Models, ask: Ask, factor: str
) -> None:
    """Worked out again from the answer's own factors: the switched one is 1, or 0 EUR, the others stay."""
    request = ask(stated_phase="interested", context={"weights": {"offer": 2.0}})
    levers = {"offer": 1.5}
    plain = run_steps(engine_with(tiny_journey, learned, levers=levers), request)
    engine = engine_with(tiny_journey, learned, levers=levers, factors=Factors(**{factor: False}))
    from models.policy.compose import factors

    off = run_steps(engine, request)
    position = [engine.journey.treatments[int(c)].action for c in off.candidates].index("offer")
    before = factors(engine_with(tiny_journey, learned, levers=levers), plain, position)
    after = factors(engine, off, position)
    names = {"journey": "journey_gain"}
    neutral = 0.0 if factor in ("cost", "journey") else 1.0
    assert getattr(after, names.get(factor, factor)) == neutral
    assert getattr(before, names.get(factor, factor)) != neutral
    product = after.propensity * after.value * after.weight * after.lever
    assert off.scores.over_nothing[position] == pytest.approx(product - after.cost + after.journey_gain)
    for name in ("propensity", "value", "weight", "lever", "cost"):
        if name != factor:
            assert getattr(after, name) == getattr(before, name)


def test_bounds_name_what_was_too_low_and_spare_service(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    request = ask(stated_phase="interested")
    free = decide(engine_with(tiny_journey, learned), request)
    middle = float(np.median([c.propensity.value for c in free.candidates[1:]]))
    bounded = decide(engine_with(tiny_journey, learned, bounds=Bounds(minimum_propensity=middle)), request)
    low = {(c.action, c.channel) for c in free.candidates[1:] if c.propensity.value < middle}
    assert low
    assert {(d.action, d.channel) for d in bounded.drop_outs if d.code == "MINIMUM_PROPENSITY"} == low
    assert all((c.action_probability == 0.0) == ((c.action, c.channel) in low) for c in bounded.candidates)
    poor = decide(engine_with(tiny_journey, learned, bounds=Bounds(minimum_gain=1e6)), request)
    assert (poor.actions[0].action, poor.actions[0].action_probability) == ("nothing", 1.0)
    assert {d.code for d in poor.drop_outs if d.tier == "bounds"} == {"MINIMUM_GAIN"}
    service = ask(stated_phase="customer")
    spared = decide(engine_with(tiny_journey, learned, bounds=Bounds(minimum_gain=1e6)), service)
    assert "bounds" not in {d.tier for d in spared.drop_outs if d.action == "care"}


def test_a_rehearsal_says_what_the_bounds_cost(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """Nothing, had the best not been refused; all that it would have earned, had it."""
    certain = Exploration(method=ExplorationMethod.NONE)
    free = engine_with(tiny_journey, learned, exploration=certain)
    request = ask(stated_phase="interested")
    gain = decide(free, request).actions[0].value.over_nothing
    assert gain > 0.0
    for least, bounded, cost in ((-1e6, 0, 0.0), (gain + 0.01, 1, gain)):
        strict = engine_with(tiny_journey, learned, exploration=certain, bounds=Bounds(minimum_gain=least))
        rehearsal = Rehearsal(strict)
        rehearsal.add(free, request)
        report = rehearsal.report()
        assert report.bounded == bounded
        assert report.bounds_cost == pytest.approx(cost)


def test_bounds_are_the_learned_policys_alone(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    bounds = Bounds(minimum_gain=1e6)
    request = ask(stated_phase="interested")
    arms = (Arm(name="random", share=1.0, policy=ArmPolicy.RANDOM),)
    assert decide(engine_with(tiny_journey, learned, bounds=bounds, arms=arms), request).drop_outs == tuple(
        d for d in decide(engine_with(tiny_journey, learned, arms=arms), request).drop_outs
    )
    assert decide(engine_with(tiny_journey, None, bounds=bounds), request).actions[0].action == "offer"


def test_no_more_is_explored_than_at_most(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    for method in (ExplorationMethod.INVERSE_GAP, ExplorationMethod.THOMPSON):
        wide = Exploration(method=method, gamma=0.01, floor=0.2)
        free = decide(engine_with(tiny_journey, learned, exploration=wide), ask(stated_phase="interested"))
        capped = decide(
            engine_with(tiny_journey, learned, exploration=replace(wide, at_most=0.05)),
            ask(stated_phase="interested"),
        )
        assert max(c.action_probability for c in free.candidates) < 0.9
        assert max(c.action_probability for c in capped.candidates) == pytest.approx(0.95)
        assert sum(c.action_probability for c in capped.candidates) == pytest.approx(1.0)


def test_a_new_action_gets_its_stated_rate_from_day_one(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    """Scored like its group: not best, not worst; wholly new it gets 10 %, whatever its score says."""
    for value in (0.0, 10.0, 10_000.0):
        lease = replace(tiny_journey.actions[1], name="lease", value=value)
        exploration = Exploration(gamma=0.3, floor=0.05, new=NewTreatments(share=0.1))
        objective = replace(tiny_journey.objective, exploration=exploration)
        journey = replace(tiny_journey, actions=(*tiny_journey.actions, lease), objective=objective)
        engine = Engine(journey, learned, "b", trained=tiny_journey)
        decision = decide(engine, ask(stated_phase="interested"))
        assert of(decision, "lease").action_probability == pytest.approx(0.1)
        assert of(decision, "lease").propensity.evidence == 0.0
        assert sum(c.action_probability for c in decision.candidates) == pytest.approx(1.0)


def test_a_newcomer_is_scored_as_the_mean_of_like_ones(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    tip = replace(tiny_journey.actions[0], name="tip", prior=replace(tiny_journey.actions[0].prior,
                  propensity=None, moves={}))  # fmt: skip
    journey = replace(tiny_journey, actions=(*tiny_journey.actions, tip))
    engine = Engine(journey, learned, "b", trained=tiny_journey)
    codes = trained_codes(journey, tiny_journey)
    new_treatment = journey.treatment_index["tip", "email"]
    assert like_treatments(journey, codes, new_treatment).tolist() == [
        journey.treatment_index["teaser", "email"]
    ]
    decision = decide(engine, ask(stated_phase="interested"))
    known, new = of(decision, "teaser"), of(decision, "tip")
    assert new.propensity.value == pytest.approx(known.propensity.value)
    assert new.leads_to == pytest.approx(known.leads_to)
    assert new.propensity.high - new.propensity.low > 0.0
    stated = replace(tip, prior=replace(tip.prior, propensity=0.25))
    engine = Engine(
        replace(journey, actions=(*tiny_journey.actions, stated)), learned, "b", trained=tiny_journey
    )
    assert of(decide(engine, ask(stated_phase="interested")), "tip").propensity.value == 0.25


def test_likeness_widens_from_the_group_to_the_purpose_to_anything(tiny_journey: Journey) -> None:
    """Same group and channel; else same purpose and channel; else same purpose; else whatever is known."""
    offer = tiny_journey.actions[1]
    twin = replace(offer, name="twin", group="pairs")
    journey = replace(tiny_journey, actions=(*tiny_journey.actions, twin, replace(twin, name="other")))
    index = journey.treatment_index
    new_treatment = index["twin", "email"]

    def like(*known: str) -> set[str]:
        codes = np.array([0 if t.action in known else -1 for t in journey.treatments])
        return {journey.treatments[int(i)].action for i in like_treatments(journey, codes, new_treatment)}

    assert like("other", "teaser", "care") == {"other"}
    assert like("teaser", "care") == {"teaser"}
    assert like("care") == {"care"}
    assert like() == {"nothing"}


def test_the_rate_of_new_ones_fades_with_evidence() -> None:
    """Worked by hand: uniform over three; one is half new, so it gets 0.5·0.2 and half its third of 0.9."""
    candidate = np.ones((1, 3), dtype=bool)
    shares = with_new(uniform, candidate, np.array([[0.0, 0.0, 0.5]]), 0.2)[0]
    assert shares[2] == pytest.approx(0.1 + 0.9 * 0.5 / 3)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(shares[1])


@pytest.mark.parametrize(("asked", "sign"), [({"at_most": 0.2}, 1.0), ({"at_least": 0.3}, -1.0)])
def test_share_prices_meet_their_bounds_and_say_what_they_cost(
    tiny_journey: Journey, learned: Models, ask: Ask, asked: dict[str, float], sign: float
) -> None:
    """Fifty customers of all ages: what is first too often pays a price, what is too seldom gets one."""
    exploration = Exploration(gamma=2.0, floor=0.02)
    engine = engine_with(tiny_journey, learned, exploration=exploration)
    requests = [ask(stated_phase="interested", attributes={"age": float(a)}) for a in np.linspace(18, 90, 50)]
    situated = Situated.of(engine, [run_steps(engine, request) for request in requests])
    index = tiny_journey.action_index
    free = {n: situated.share(index[n], situated.probabilities({})) for n in ("teaser", "offer")}
    name = max(free, key=lambda n: sign * free[n])
    [found] = share_prices(situated, {name: ShareBound(**asked)}, index)
    [target] = asked.values()
    assert found.price * sign > 0.0
    assert found.met
    assert sign * (target - found.share) >= 0.0
    assert found.share == pytest.approx(target, abs=0.02)  # one customer of fifty may tip at once
    assert found.cost > 0.0

    priced = Bounds(shares={name: ShareBound(**asked, price=found.price)})
    after = engine_with(tiny_journey, learned, exploration=exploration, bounds=priced)
    made = [decide(after, request) for request in requests]
    share = np.mean([sum(c.action_probability for c in d.candidates if c.action == name) for d in made])
    assert share == pytest.approx(found.share)
    assert {d.actions[0].factors.share_price for d in made} <= {0.0, found.price}
    assert any("SHARE_BOUND" in d.actions[0].reasons for d in made)


def test_two_share_bounds_are_met_together(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    engine = engine_with(tiny_journey, learned, exploration=Exploration(gamma=2.0, floor=0.02))
    requests = [ask(stated_phase="interested", attributes={"age": float(a)}) for a in np.linspace(18, 90, 30)]
    situated = Situated.of(engine, [run_steps(engine, request) for request in requests])
    bounds = {"offer": ShareBound(at_most=0.3), "teaser": ShareBound(at_most=0.3)}
    prices = share_prices(situated, bounds, tiny_journey.action_index)
    assert all(one.met and one.price > 0.0 for one in prices), prices


def test_a_bound_that_is_met_anyway_has_no_price(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    engine = engine_with(tiny_journey, learned)
    situated = Situated.of(engine, [run_steps(engine, ask(stated_phase="interested"))])
    [found] = share_prices(situated, {"offer": ShareBound(at_most=1.0)}, tiny_journey.action_index)
    assert (found.price, found.cost, found.met) == (0.0, 0.0, True)


def test_a_failing_rule_refuses_and_is_named(tiny_journey: Journey, ask: Ask) -> None:
    policy = replace(tiny_journey.policies[0], code="BROKEN", when='context.tier == "gold"')
    engine = Engine(replace(tiny_journey, policies=(policy,)), None, "none")
    decision = decide(engine, ask(stated_phase="interested"))
    assert decision.rule_failures == ("BROKEN",)
    assert [d.code for d in decision.drop_outs if d.action == "offer"] == ["BROKEN"]
    told = decide(engine, ask(stated_phase="interested", context={"tier": "gold"}))
    assert told.rule_failures == ()

"""Policies: rules in tiers, each about its scope, and refusing when they fail."""

from __future__ import annotations

from dataclasses import replace

from models.domain.actions import Purpose, Tier
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask, candidates, refusals, rule, run, with_policies


def test_a_policy_refuses_with_its_code_and_what_it_saw(tiny_journey: Journey, ask: Ask) -> None:
    decision = run(tiny_journey, ask(stated_phase="interested", attributes={"age": 17}))
    drop = next(d for d in decision.drop_outs if d.action == "offer")
    assert (drop.tier, drop.code) == ("eligibility", "ADULTS_ONLY")
    assert "customer.attributes.age = 17.0" in drop.detail


def test_a_rule_that_fails_refuses_and_names_itself(tiny_journey: Journey, ask: Ask) -> None:
    journey = with_policies(tiny_journey, rule("customer.attributes.age >= 18.0"))
    decision = run(journey, ask())
    assert candidates(decision) == {"nothing"}
    drop = next(d for d in decision.drop_outs if d.code == "RULE")
    assert "customer.attributes.age >= 18.0" in drop.detail
    assert "customer.attributes.age = not known" in drop.detail


def test_tiers_are_asked_in_their_order_whatever_the_order_of_the_file(
    tiny_journey: Journey, ask: Ask
) -> None:
    policies = [rule("false", code=tier.name, tier=tier) for tier in Tier]
    for order in (policies, policies[::-1]):
        decision = run(with_policies(tiny_journey, *order), ask())
        assert refusals(decision)["teaser@web"] == ("eligibility", "ELIGIBILITY")


def test_of_many_policies_the_one_that_does_not_hold_refuses(tiny_journey: Journey, ask: Ask) -> None:
    """Wherever it stands: rules are asked in one call, but for those that read the action or fail."""
    others = [
        "seen.visit < 1000",
        'action.channel != "fax"',
        "!has(context.basket)",
        "seen.visit >= 0 || missing",
    ] * 6
    for place in range(0, len(others), 5):
        for refusing in ("seen.visit < 0", "customer.attributes.height > 1.0"):
            whens = [*others[:place], refusing, *others[place:]]
            journey = with_policies(tiny_journey, *(rule(w, code=f"R{n}") for n, w in enumerate(whens)))
            codes = {code for _, code in refusals(run(journey, ask())).values()}
            assert codes - {"PHASE"} == {f"R{place}"}


def test_a_policy_concerns_only_its_scope(tiny_journey: Journey, ask: Ask) -> None:
    def left(**scope: object) -> set[str]:
        journey = with_policies(tiny_journey, rule("false", **scope))
        return candidates(run(journey, ask(stated_phase="interested"))) - {"nothing"}

    assert left(actions=("offer",)) == {"teaser@email", "teaser@web"}
    assert left(groups=("awareness",)) == {"offer@email"}
    assert left(channels=("email",)) == {"teaser@web"}
    assert left(purposes=(Purpose.SERVICE,)) == {"offer@email", "teaser@email", "teaser@web"}
    assert left(groups=("awareness",), channels=("web",)) == {"offer@email", "teaser@email"}


def test_a_failing_rule_refuses_and_is_named(tiny_journey: Journey, ask: Ask) -> None:
    policy = replace(tiny_journey.policies[0], code="BROKEN", when='context.tier == "gold"')
    engine = Engine(replace(tiny_journey, policies=(policy,)), None, "none")
    decision = decide(engine, ask(stated_phase="interested"))
    assert decision.rule_failures == ("BROKEN",)
    assert [d.code for d in decision.drop_outs if d.action == "offer"] == ["BROKEN"]
    told = decide(engine, ask(stated_phase="interested", context={"tier": "gold"}))
    assert told.rule_failures == ()

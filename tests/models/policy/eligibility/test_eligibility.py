"""Eligibility: every treatment is a candidate or has one reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.journey import Journey
from tests.models.policy.deciding import Ask, Event, WithAction, candidates, refusals, run

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_each_treatment_is_a_candidate_or_a_drop_out(tiny_journey: Journey, ask: Ask) -> None:
    decision = run(tiny_journey, ask())
    assert candidates(decision) == {"nothing", "teaser@email", "teaser@web"}
    assert refusals(decision) == {"offer@email": ("phase", "PHASE"), "care@web": ("phase", "PHASE")}


def test_doing_nothing_is_always_left(tiny_journey: Journey, ask: Ask) -> None:
    request = ask(exclude=("teaser",), consent={"marketing": False})
    decision = run(tiny_journey, request)
    assert candidates(decision) == {"nothing"}
    assert decision.reason == "NOTHING_ELIGIBLE"
    assert decision.actions[0].action == "nothing"
    assert decision.actions[0].action_probability == 1.0


def test_only_asked_channels_and_placements(tiny_journey: Journey, ask: Ask) -> None:
    by_channel = run(tiny_journey, ask(channels=("email",)))
    by_placement = run(tiny_journey, ask(placements=("banner",)))
    assert candidates(by_channel) == {"nothing", "teaser@email"}
    assert candidates(by_placement) == {"nothing", "teaser@web"}
    assert refusals(by_channel)["teaser@web"] == ("asked", "NOT_ASKED")


def test_excluding_an_action_or_one_of_its_treatments(tiny_journey: Journey, ask: Ask) -> None:
    assert candidates(run(tiny_journey, ask(exclude=("teaser",)))) == {"nothing"}
    one = run(tiny_journey, ask(exclude=("teaser@web",)))
    assert candidates(one) == {"nothing", "teaser@email"}
    assert refusals(one)["teaser@web"] == ("asked", "EXCLUDED")


def test_before_its_start_and_from_its_end_on_an_action_rests(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, now: datetime
) -> None:
    second = timedelta(seconds=1)
    for fields, code in (
        ({"starts_at": now + second}, "NOT_STARTED"),
        ({"starts_at": now, "ends_at": now + second}, None),
        ({"ends_at": now}, "ENDED"),
    ):
        decision = run(with_action(tiny_journey, "teaser", **fields), ask())
        assert refusals(decision).get("teaser@web") == (None if code is None else ("period", code))


def test_a_channel_needs_its_consent(tiny_journey: Journey, ask: Ask) -> None:
    for consent in ({}, {"email": False}):
        decision = run(tiny_journey, ask(consent=consent))
        assert refusals(decision)["teaser@email"] == ("consent", "CONSENT_MISSING")
        assert "teaser@web" in candidates(decision)


@pytest.mark.parametrize("flag", ["marketing", "personalization"])
def test_an_objection_stops_marketing_and_leaves_service(tiny_journey: Journey, ask: Ask, flag: str) -> None:
    consent = {"email": True, flag: False}
    stranger = run(tiny_journey, ask(consent=consent))
    customer = run(tiny_journey, ask(consent=consent, stated_phase="customer"))
    assert candidates(stranger) == {"nothing"}
    assert refusals(stranger)["teaser@web"] == ("consent", "OBJECTION")
    assert "care@web" in candidates(customer)


def test_nothing_from_the_future_counts(tiny_journey: Journey, ask: Ask, contact: Event) -> None:
    decision = run(tiny_journey, ask(contact("teaser", "web", -0.001), contact("teaser", "web", 0)))
    assert "teaser@web" in candidates(decision)


@QUICK
@given(data=st.data())
def test_an_ineligible_action_never_wins_however_high_its_priority(
    solar_journey: Journey, ask: Ask, with_action: WithAction, data: st.DataObject
) -> None:
    """Give a refused action a value beyond all others: it is not even a candidate."""
    phase = data.draw(st.sampled_from([p.name for p in solar_journey.phases]))
    channels = data.draw(st.sets(st.sampled_from(["website", "email", "app"]), min_size=1))
    request = ask(
        stated_phase=phase,
        channels=tuple(sorted(channels)),
        consent=data.draw(st.dictionaries(st.sampled_from(["email", "marketing"]), st.booleans())),
        limit=3,
    )
    first = run(solar_journey, request)
    name = data.draw(st.sampled_from([a.name for a in solar_journey.actions]))
    rich = run(with_action(solar_journey, name, value=1e9), request)
    assert candidates(rich) == candidates(first)
    assert {f"{a.action}@{a.channel}" for a in rich.actions if a.channel} <= candidates(first)


@QUICK
@given(order=st.randoms(use_true_random=False), number=st.integers(0, 10**6))
def test_the_order_of_actions_in_the_file_is_irrelevant(
    solar_journey: Journey, ask: Ask, order: np.random.Generator, number: int
) -> None:
    actions = list(solar_journey.actions)
    order.shuffle(actions)  # type: ignore[arg-type]
    request = ask(decision_id=f"d-{number}", customer_id=f"c-{number}", stated_phase="trigger", limit=3)
    shuffled = run(replace(solar_journey, actions=tuple(actions)), request)
    original = run(solar_journey, request)
    assert replace(shuffled, drop_outs=()) == replace(original, drop_outs=())
    assert set(shuffled.drop_outs) == set(original.drop_outs)


@QUICK
@given(number=st.integers(0, 10**6), value=st.floats(0, 1e6))
def test_adding_an_ineligible_action_changes_nothing(
    tiny_journey: Journey, ask: Ask, number: int, value: float
) -> None:
    template = tiny_journey.actions[0]
    barred = replace(template, name="a_barred_one", phases=("customer",), value=value, group="other")
    larger = replace(tiny_journey, actions=(*tiny_journey.actions, barred))
    request = ask(decision_id=f"d-{number}", limit=2, explain=False)
    with_it, without = run(larger, request), run(tiny_journey, request)
    assert [(a.action, a.channel, a.action_probability) for a in with_it.actions] == [
        (a.action, a.channel, a.action_probability) for a in without.actions
    ]
    assert candidates(with_it) == candidates(without)

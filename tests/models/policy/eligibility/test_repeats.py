"""What a customer's own record with an action forbids."""

from __future__ import annotations

from models.domain.interaction import Interaction
from models.domain.journey import Journey
from tests.models.policy.deciding import Ask, Event, WithAction, candidates, refusals, run


def test_an_action_may_require_another_first(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, contact: Event, outcome: Event
) -> None:
    journey = with_action(tiny_journey, "offer", requires=("teaser",))
    before = run(journey, ask(stated_phase="interested"))
    assert refusals(before)["offer@email"] == ("repeat", "REQUIRES")
    for event in (contact("teaser", "web", 20), outcome("clicked", "teaser", 20)):
        assert "offer@email" in candidates(run(journey, ask(event, stated_phase="interested")))


def test_an_action_rests_after_a_contact_on_any_channel(
    tiny_journey: Journey, ask: Ask, contact: Event
) -> None:
    """``repeat_after_days`` of the teaser is 3: at 2.99 days it rests, at exactly 3 it may come again."""
    resting = run(tiny_journey, ask(contact("teaser", "web", 2.99)))
    again = run(tiny_journey, ask(contact("teaser", "web", 3)))
    assert refusals(resting)["teaser@email"] == ("repeat", "REPEAT")
    assert "teaser@email" in candidates(again)


def test_a_yes_can_end_an_action(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, outcome: Event
) -> None:
    journey = with_action(tiny_journey, "teaser", stop_after_positive=True)
    assert refusals(run(journey, ask(outcome("clicked", "teaser", 50))))["teaser@web"] == (
        "repeat",
        "ALREADY_ANSWERED",
    )
    assert "teaser@web" in candidates(run(journey, ask(outcome("no_response", "teaser", 50))))


def test_an_action_gives_up_when_ignored(
    tiny_journey: Journey, ask: Ask, with_action: WithAction, contact: Event, outcome: Event
) -> None:
    """The response window is 7 days: a contact counts as ignored once it is over, or at a refusal."""
    journey = with_action(tiny_journey, "teaser", stop_after_ignored=2, repeat_after_days=None)
    first, second, open_one = (contact("teaser", "web", days) for days in (40, 20, 6))

    def stopped(*events: Interaction) -> bool:
        return refusals(run(journey, ask(*events))).get("teaser@web") == ("repeat", "IGNORED")

    assert not stopped(first)
    assert stopped(first, second)
    assert not stopped(first, open_one)
    assert stopped(first, open_one, outcome("complained", "teaser", 5))
    assert not stopped(first, second, outcome("clicked", "teaser", 10))
    assert not stopped(first, outcome("clicked", "teaser", 39), second)

"""What different data would have changed: one fact at a time, without the luck of a draw."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.explain.alternatives import MOST, Alternative, alternatives, first_choice
from models.policy.steps import run_steps
from tests.models.policy.deciding import Ask


@pytest.fixture
def playbook(tiny_journey: Journey) -> Engine:
    """The playbook decides: offer, then teaser, for the interested; the teaser for strangers."""
    return Engine(tiny_journey, None, "none")


def changes_of(engine: Engine, request: DecisionRequest) -> tuple[Alternative, ...]:
    return alternatives(engine, request, first_choice(engine, run_steps(engine, request)))


def test_each_fact_is_changed_alone(playbook: Engine, ask: Ask, touch: Callable[..., Interaction]) -> None:
    """An interested customer of 40 gets the offer by mail. Without the consent, or had they not asked for
    an offer, it would be the teaser; their age changes nothing."""
    request = ask(touch("quote", 2), touch("visit", 1), attributes={"age": 40})
    tried = {(a.kind, a.name): (a.first.name, a.differs) for a in changes_of(playbook, request)}

    assert first_choice(playbook, run_steps(playbook, request)).name == "offer@email"
    assert tried == {
        ("consent_withdrawn", "email"): ("teaser@web", True),
        ("attribute_unknown", "age"): ("offer@email", False),
        ("touchpoint_never", "visit"): ("offer@email", False),
        ("touchpoint_never", "quote"): ("teaser@email", True),
    }


def test_a_consent_that_is_missing_is_tried_as_given(playbook: Engine, ask: Ask) -> None:
    (consent,) = changes_of(playbook, ask(consent={}))

    assert (consent.kind, consent.first.name, consent.differs) == ("consent_given", "teaser@email", True)


def test_no_more_is_tried_than_can_be_waited_for(
    playbook: Engine, ask: Ask, touch: Callable[..., Interaction]
) -> None:
    past = [touch(f"seen-{n}", 1 + n) for n in range(2 * MOST)]

    assert len(changes_of(playbook, ask(*past))) == MOST

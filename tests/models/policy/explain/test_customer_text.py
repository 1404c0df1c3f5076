"""The text for the customer: what was decided, from what, what else could have been, and their rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.explain.customer_text import CustomerText, customer_text
from models.policy.explain.explanation import explain
from tests.models.policy.deciding import Ask


def text_for(engine: Engine, request: DecisionRequest, locale: str | None = "en") -> CustomerText:
    return customer_text(engine, request, explain(engine, request), locale)


@pytest.fixture
def playbook(tiny_journey: Journey) -> Engine:
    """Decides with certainty, but for a floor that is switched off here."""
    exploration = replace(tiny_journey.objective.exploration, floor=0.0)
    return Engine(
        replace(tiny_journey, objective=replace(tiny_journey.objective, exploration=exploration)),
        None,
        "none",
    )


def test_it_says_what_was_decided_and_from_what(
    playbook: Engine, ask: Ask, touch: Callable[..., Interaction]
) -> None:
    request = ask(touch("quote", 2), touch("visit", 1), touch("visit", 3), attributes={"age": 40})
    text = text_for(playbook, request).text

    assert "On 2026-11-21 11:00 UTC Tiny decided automatically" in text
    assert "- The result: Offer (Email)" in text
    assert "- Your stage in our relation: Interested" in text
    assert "- Asked for an offer: once" in text
    assert "- Visit: 2 times" in text
    assert "- Age: 40" in text
    assert "- You have agreed to: email" in text


def test_it_names_what_was_ruled_out_with_its_reason_and_once(
    playbook: Engine, ask: Ask, touch: Callable[..., Interaction]
) -> None:
    """Without consent to mails the offer, which has no other channel, is out; the teaser is not."""
    sections = {s.heading: s.lines for s in text_for(playbook, ask(touch("quote", 2), consent={})).sections}

    assert sections["What was ruled out for you"] == ("Offer: you have not agreed to it, or have objected",)


def test_a_section_without_lines_is_left_out(
    playbook: Engine, ask: Ask, touch: Callable[..., Interaction]
) -> None:
    headings = [section.heading for section in text_for(playbook, ask(touch("quote", 2))).sections]

    assert "What was ruled out for you" not in headings
    assert headings[-1] == "What you can do"


def test_german_is_whole(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """The same sections in both languages, and none of the other language's sentences."""
    engine = Engine(tiny_journey, learned, "b")
    request = ask(stated_phase="interested", attributes={"age": 70})
    english, german = text_for(engine, request), text_for(engine, request, "de-DE")

    assert (english.language, german.language) == ("en", "de")
    assert len(english.sections) == len(german.sections)
    assert [len(s.lines) for s in english.sections] == [len(s.lines) for s in german.sections]
    assert not {s.heading for s in english.sections} & {s.heading for s in german.sections}


def test_doing_nothing_is_a_result_too(tiny_journey: Journey, ask: Ask) -> None:
    engine = Engine(replace(tiny_journey, playbook={}), None, "none")
    text = text_for(engine, ask()).text

    assert "- The result: no offer and no message" in text
    assert "Nothing else promised more than leaving you alone." in text

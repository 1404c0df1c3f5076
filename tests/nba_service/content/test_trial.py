"""Every text for every sample, in every language; what falls back or loses a link says so."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from models.domain.actions import Content
from models.domain.journey import Journey
from nba_service.content.facts import Fact, FactBook, FactType
from nba_service.content.samples import Sample
from nba_service.content.trial import LINK_DROPPED, Trial, trials

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
NOBODY, ADA = Sample("nobody", {}), Sample("Ada", {"first_name": "Ada", "segment": " "})


def journey_with(journey: Journey, content: dict[str, dict[str, Content]]) -> Journey:
    """The tiny journey with other texts for the teaser (e-mail and web; placements banner and sidebar)."""
    actions = tuple(
        dataclasses.replace(one, content=content) if one.name == "teaser" else one for one in journey.actions
    )
    return dataclasses.replace(journey, actions=actions)


def of_teaser(journey: Journey, content: dict[str, dict[str, Content]], *samples: Sample) -> list[Trial]:
    found = trials(journey_with(journey, content), FactBook.of([]), samples, NOW)
    return [one for one in found if one.action == "teaser"]


def test_every_text_language_and_sample_is_tried_in_the_order_of_the_file(tiny_journey: Journey) -> None:
    found = list(trials(tiny_journey, FactBook.of([]), [NOBODY, ADA], NOW))

    assert [(one.action, one.key, one.locale, one.sample.name) for one in found] == [
        (action, key, "en", name)
        for action, key in (("teaser", "email"), ("teaser", "web"), ("offer", "email"), ("care", "web"))
        for name in ("nobody", "Ada")
    ]
    assert [one.rendered.texts["title"] for one in found[:2]] == ["Hello there", "Hello Ada"]
    assert {one.problem for one in found} == {""}


def test_a_placement_with_words_of_its_own_is_tried_too(tiny_journey: Journey) -> None:
    texts = {"en": Content(title="T", body="{{ decision.placement | default: 'none' }}")}

    found = of_teaser(tiny_journey, {"web": texts, "banner": texts}, NOBODY)

    assert [(one.channel, one.key, one.rendered.texts["body"]) for one in found] == [
        ("web", "web", "none"),
        ("web", "banner", "banner"),
    ]


def test_what_falls_back_says_which_text_and_how(tiny_journey: Journey) -> None:
    texts = {"en": Content(title="Hi {{ customer.first_name }}", body="b")}

    nobody, ada = of_teaser(tiny_journey, {"web": texts}, NOBODY, ADA)

    assert (nobody.problem, nobody.field) == ("VARIABLE_MISSING", "title")
    assert "first_name" in nobody.detail
    assert (ada.problem, ada.field, ada.detail) == ("", "", "")


def test_a_blank_attribute_counts_as_missing(tiny_journey: Journey) -> None:
    (found,) = of_teaser(
        tiny_journey, {"web": {"en": Content(title="t", body="{{ customer.segment }}")}}, ADA
    )

    assert found.problem == "VARIABLE_MISSING"


def test_a_link_that_is_written_and_does_not_come_out_is_a_problem(tiny_journey: Journey) -> None:
    texts = {"en": Content(title="t", body="b", click_url="javascript:x()", image_url="/a.png")}

    (found,) = of_teaser(tiny_journey, {"web": texts}, NOBODY)

    assert (found.problem, found.field) == (LINK_DROPPED, "click_url")
    assert found.rendered.texts["image_url"] == "/a.png"


def test_texts_see_the_journey_the_facts_and_the_local_day(tiny_journey: Journey) -> None:
    fact = Fact(
        name="shout", type=FactType.TEXT, label="s", compute=lambda a, m: str(a["first_name"]).upper()
    )
    body = "{{ company }} {{ currency }} {{ phase }} {{ today }} {{ facts.shout }} {{ decision.label }}"
    journey = journey_with(tiny_journey, {"web": {"en": Content(title="t", body=body)}})

    (found,) = [one for one in trials(journey, FactBook.of([fact]), [ADA], NOW) if one.action == "teaser"]

    assert found.rendered.texts["body"] == "Tiny EUR stranger 2026-11-21 ADA Teaser", (
        "it is past midnight in Berlin"
    )


def test_each_variant_is_tried_where_texts_differ(tiny_journey: Journey) -> None:
    texts = {"en": Content(title="T", body="b")}
    broken = {"en": Content(title="Hi {{ customer.first_name }}", body="b")}
    journey = journey_with(tiny_journey, {"email": texts, "web": texts})
    variants = {"plain": {"web": texts}, "named": {"web": broken}}
    actions = tuple(
        dataclasses.replace(one, variants=variants) if one.name == "teaser" else one
        for one in journey.actions
    )

    found = trials(dataclasses.replace(journey, actions=actions), FactBook.of([]), [NOBODY], NOW)

    assert [(one.key, one.variant, one.problem) for one in found if one.action == "teaser"] == [
        ("email", "", ""),
        ("web", "plain", ""),
        ("web", "named", "VARIABLE_MISSING"),
    ]

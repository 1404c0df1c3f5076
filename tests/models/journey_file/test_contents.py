"""Texts of an action: each belongs somewhere, has a body, and a fallback cannot fail."""

from __future__ import annotations

from typing import Any

import pytest

from models.errors import JourneyFileError
from models.journey_file.contents import check_contents, check_plain
from models.journey_file.problems import Lines, Problems

CHANNELS = {"web": {"placements": ["hero"]}, "email": {}}


def problems_of(content: dict[str, Any], channels: list[str] | None = None) -> str:
    problems = Problems("j.yaml", Lines({}))
    action = {"channels": ["web", "email"] if channels is None else channels, "content": content}
    check_contents(action, ("actions", "offer"), CHANNELS, problems)
    try:
        problems.raise_if_any()
    except JourneyFileError as error:
        return str(error)
    return ""


def test_a_placement_takes_what_it_leaves_out_from_its_channel_and_that_from_default() -> None:
    body = {"en": {"body": "Look"}}

    assert not problems_of({"default": body, "hero": {"en": {"title": "Now"}}})
    assert not problems_of({"web": body, "hero": {"en": {"title": "Now"}}})
    assert "hero.en: expected a body" in problems_of({"email": body, "hero": {"en": {"title": "Now"}}})


def test_a_body_in_another_language_is_none() -> None:
    text = problems_of({"default": {"en": {"body": "Look"}}, "web": {"de": {"title": "Jetzt"}}})

    assert "content.web.de: expected a body here or under default" in text


def test_texts_belong_to_channels_and_placements_of_the_action() -> None:
    body = {"en": {"body": "Look"}}

    assert "content.email" in problems_of({"email": body}, channels=["web"])
    assert "content.hero" in problems_of({"hero": body}, channels=["email"])


@pytest.mark.parametrize("body", ["{{ customer.name }}", "{% if x %}a{% endif %}"])
def test_a_fallback_is_no_template_and_takes_nothing_from_others(body: str) -> None:
    assert "a text without Liquid" in problems_of({"fallback": {"en": {"body": body}}})
    partial = {"default": {"en": {"body": "x"}}, "fallback": {"en": {"title": "Look"}}}
    assert "fallback.en: expected a body" in problems_of(partial)


def test_plain_texts_have_bodies() -> None:
    problems = Problems("j.yaml", Lines({}))
    check_plain({"en": {"title": "Look"}}, ("mail", "defaults", "email"), problems)

    with pytest.raises(JourneyFileError, match=r"mail\.defaults\.email\.en: expected a body"):
        problems.raise_if_any()


def variant_problems(variants: dict[str, Any]) -> str:
    problems = Problems("j.yaml", Lines({}))
    content = {"default": {"en": {"body": "Look"}}}
    action = {"channels": ["web"], "content": content, "variants": variants}
    check_contents(action, ("actions", "offer"), CHANNELS, problems)
    try:
        problems.raise_if_any()
    except JourneyFileError as error:
        return str(error)
    return ""


def test_variants_are_checked_as_the_contents_they_change() -> None:
    assert not variant_problems({"plain": {}, "now": {"hero": {"en": {"title": "Now"}}}})
    assert "variants.now.hero.de: expected a body" in variant_problems(
        {"now": {"hero": {"de": {"title": "x"}}}}
    )
    assert "variants.now.email" in variant_problems({"now": {"email": {"en": {"body": "x"}}}})
    assert "variants.now.fallback: expected no fallback" in variant_problems(
        {"now": {"fallback": {"en": {"body": "x"}}}}
    )

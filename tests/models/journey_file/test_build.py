"""From checked values to a journey: order, defaults and short forms written out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.domain.journey import Journey
from models.errors import JourneyFileError
from models.journey_file import parse_journey
from tests.models.journey_file.problems import Edit


def test_a_file_becomes_a_journey_in_the_order_of_the_file(tiny_journey: Journey) -> None:
    assert [phase.name for phase in tiny_journey.phases] == ["stranger", "interested", "customer"]
    assert tiny_journey.phases[1].lapse is not None
    assert (tiny_journey.phases[1].lapse.after_days, tiny_journey.phases[1].lapse.to) == (30.0, "stranger")
    assert tiny_journey.phase_rules[1].from_phases == ("stranger",)
    assert [t.name for t in tiny_journey.treatments] == [
        "nothing",
        "care@web",
        "offer@email",
        "teaser@email",
        "teaser@web",
    ]


def test_limits_under_a_channel_are_contact_limits_of_the_journey(tiny_journey: Journey) -> None:
    (limit,) = tiny_journey.contact_limits
    assert (limit.code, limit.count, limit.window_days, limit.channels) == (
        "EMAIL_2_IN_7_DAYS",
        2,
        7.0,
        ("email",),
    )


def test_texts_of_default_reach_every_channel_and_a_channel_overrides_field_by_field(edit: Edit) -> None:
    written = (
        "default: {en: {title: \"Hello {{ customer.first_name | default: 'there' }}\", body: Have a look.}}"
    )
    changed = """default: {en: {title: Common, body: Long, click_url: "https://a.example/x"}}
      web: {en: {body: Short}, de: {title: Kurz, body: Kurzer Text}}"""
    content = parse_journey(edit((written, changed)).encode(), "j.yaml").actions[0].content
    assert (content["email"]["en"].title, content["email"]["en"].body) == ("Common", "Long")
    web = content["web"]["en"]
    assert (web.title, web.body, web.click_url) == ("Common", "Short", "https://a.example/x")
    assert set(content["email"]) == {"en"}
    assert set(content["web"]) == {"en", "de"}


def test_the_horizon_may_be_the_next_phase(edit: Edit) -> None:
    journey = parse_journey(edit(("horizon_days: 7", "horizon_days: next")).encode(), "j.yaml")
    assert journey.objective.horizon_days is None


def test_periods_keep_their_zone(edit: Edit) -> None:
    text = edit(("group: sales", 'group: sales\n    starts_at: "2026-03-01T00:00:00+01:00"'))
    assert parse_journey(text.encode(), "j.yaml").actions[1].starts_at == datetime(
        2026, 2, 28, 23, tzinfo=UTC
    )


VARIANTS = """\
    variants:
      plain: {}
      question: {email: {en: {title: "Curious?"}}}
"""


def test_variants_are_whole_and_only_where_they_differ(tiny_journey_text: str) -> None:
    text = tiny_journey_text.replace("body: Have a look.}}\n", f"body: Have a look.}}}}\n{VARIANTS}")
    teaser = parse_journey(text.encode(), "j.yaml").actions[0]

    assert {name: list(texts) for name, texts in teaser.variants.items()} == {
        "plain": ["email"],
        "question": ["email"],
    }
    question = teaser.texts("question")["email"]["en"]
    assert (question.title, question.body) == ("Curious?", "Have a look.")
    assert teaser.variants["plain"]["email"] == teaser.content["email"]
    assert (teaser.variants_on("email", None), teaser.variants_on("web", "banner")) == (
        ("plain", "question"),
        (),
    )
    assert [(variant, key) for variant, key, *_ in teaser.shown_texts()] == [
        ("plain", "email"),
        ("question", "email"),
        ("", "web"),
    ]


def test_one_variant_is_none(tiny_journey_text: str) -> None:
    text = tiny_journey_text.replace(
        "body: Have a look.}}\n", "body: Have a look.}}\n    variants: {plain: {}}\n"
    )

    with pytest.raises(JourneyFileError, match="variants: expected at least 2 entries, got 1"):
        parse_journey(text.encode(), "j.yaml")

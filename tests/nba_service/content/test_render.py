"""Content: the right language, safe words and links, and never an empty box."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from models.domain.journey import Content, Journey
from nba_service.content.render import Renderer, negotiate, safe_link


def renderer(journey: Journey, **texts: Content) -> Renderer:
    """The tiny journey with other texts for the teaser on the web; keys are locales, ``_`` for ``-``."""
    contents = {"web": {locale.replace("_", "-"): content for locale, content in texts.items()}}
    actions = tuple(
        dataclasses.replace(action, content=contents) if action.name == "teaser" else action
        for action in journey.actions
    )
    return Renderer(dataclasses.replace(journey, actions=actions))


def render(made: Renderer, locale: str | None = "en", **variables: Any) -> dict[str, str]:
    found = made.render("teaser", "web", locale, variables)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("wished", "offered", "spoken"),
    [
        ("de-AT", ("en", "de", "de-AT"), "de-AT"),
        ("de_at", ("en", "de-AT"), "de-AT"),
        ("de-AT", ("en", "de"), "de"),
        ("de-Latn-AT", ("en", "de"), "de"),
        ("fr", ("de", "en"), "en"),
        (None, ("de", "en"), "en"),
        ("fr", ("de", "it"), "de"),
    ],
)
def test_language_falls_back_step_by_step(wished: str | None, offered: tuple[str, ...], spoken: str) -> None:
    assert negotiate(wished, "en", offered) == spoken


def test_what_a_customer_typed_is_escaped(tiny_journey: Journey) -> None:
    made = renderer(
        tiny_journey, en=Content(title="Hi {{ customer.name }}", body="<p>{{ customer.name }}</p>")
    )

    texts = render(made, customer={"name": "<script>alert(1)</script>"})

    assert texts["title"] == "Hi &lt;script&gt;alert(1)&lt;/script&gt;"
    assert texts["body"] == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/?a=1&b=2", "https://example.org/?a=1&b=2"),
        ("mailto:hello@example.org", "mailto:hello@example.org"),
        ("/offers/1", "/offers/1"),
        ("//evil.example", ""),
        ("javascript:alert(1)", ""),
        (" JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
        ("https:evil", ""),
        ("", ""),
    ],
)
def test_only_safe_links_leave(tiny_journey: Journey, url: str, kept: str) -> None:
    assert safe_link(url) == kept
    made = renderer(tiny_journey, en=Content(title="t", body="b", click_url="{{ customer.url }}"))
    assert render(made, customer={"url": url})["click_url"] == kept.strip()


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in (1..100000) %}x{% endfor %}",
        "{% for i in (1..50) %}{% for j in (1..50) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'aa' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
        "{% for i in (1..1000) %}{{ customer.long }}{% endfor %}",
        "{{ customer.name | no_such_filter }}",
        "{% if %}",
        "{% include 'other' %}",
        "{% render '/etc/passwd' %}",
        "{{ 1 | divided_by: 0 }}",
    ],
)
def test_a_template_that_fails_falls_back_to_the_label_and_is_counted(
    tiny_journey: Journey, template: str
) -> None:
    made = renderer(tiny_journey, en=Content(title="fine", body=template))

    texts = render(made, customer={"name": "Ada", "long": "x" * 1_000})

    assert (texts["title"], texts["body"]) == ("Teaser", "Teaser")
    assert made.failures == {"teaser@web": 1}


def test_a_slow_template_is_cut_off(tiny_journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nba_service.content.limits.MAX_SECONDS", -1.0)
    made = renderer(tiny_journey, en=Content(title="t", body="b"))

    assert render(made)["body"] == "Teaser"


def test_missing_texts_and_empty_ones_are_never_blank(tiny_journey: Journey) -> None:
    made = renderer(tiny_journey, en=Content(title="{{ customer.unknown }}", body="  "))

    assert render(made)["body"] == "Teaser"
    assert render(renderer(tiny_journey))["title"] == "Teaser"


def test_doing_nothing_has_no_content(tiny_journey: Journey) -> None:
    assert Renderer(tiny_journey).render("nothing", None, "en", {}) is None


def test_every_text_of_the_reference_company_renders(solar_journey: Journey) -> None:
    made = Renderer(solar_journey)
    customer = {"first_name": "Ada", "roof_area_m2": 64, "installation_date": "2026-01-01"}
    for treatment in solar_journey.treatments[1:]:
        for locale in ("en", "de-AT"):
            texts = made.render(treatment.action, treatment.channel, locale, {"customer": customer})
            assert texts is not None
            assert texts["title"]
            assert texts["body"]
    assert made.failures == {}

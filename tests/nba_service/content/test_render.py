"""Content: the right language, safe words and links, and never an empty box."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.actions import ChannelKind, Content
from models.domain.journey import Journey
from nba_service.content import limits
from nba_service.content.render import Renderer


def renderer(
    journey: Journey,
    *,
    fallback: dict[str, Content] | None = None,
    slots: dict[str, Content] | None = None,
    channel: dict[str, Any] | None = None,
    **texts: Content,
) -> Renderer:
    """The tiny journey with other texts for the teaser on the web; keys are locales, ``_`` for ``-``."""
    contents = {"web": {locale.replace("_", "-"): content for locale, content in texts.items()}}
    contents |= {slot: {"en": content} for slot, content in (slots or {}).items()}
    actions = tuple(
        dataclasses.replace(action, content=contents, fallback=fallback or {})
        if action.name == "teaser"
        else action
        for action in journey.actions
    )
    channels = tuple(
        dataclasses.replace(one, **(channel or {})) if one.name == "web" else one for one in journey.channels
    )
    return Renderer(dataclasses.replace(journey, actions=actions, channels=channels))


def render(
    made: Renderer, locale: str | None = "en", placement: str | None = None, **variables: Any
) -> dict[str, str]:
    found = made.render("teaser", "web", placement, locale, variables)
    assert found is not None
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.sampled_from(["", "Guide", "For {{ customer.name }}", "{% if nobody %}x{% endif %}"]),
    body=st.sampled_from(["", "Read & enjoy", "Dear {{ customer.name }}"]),
    html=st.sampled_from(["", "<b>on<script>x()</script></b>", "<i>{{ customer.name }}</i>"]),
    click_url=st.sampled_from(["", "https://example.org/a b", "https://example.org/{{ customer.name }}"]),
    asked=st.lists(
        st.tuples(
            st.sampled_from(["Ada", "Bob"]),
            st.sampled_from(["web", "email"]),
            st.sampled_from([None, True, False]),
        ),
        min_size=2,
        max_size=6,
    ),
)
def test_texts_that_are_kept_are_those_that_would_be_rendered(
    tiny_journey: Journey, title: str, body: str, html: str, click_url: str, asked: list[Any]
) -> None:
    """Whatever was rendered before, on another channel, for somebody else, with or without markup."""
    content = Content(title=title, body=body, html=html, click_url=click_url)
    used = renderer(tiny_journey, en=content, slots={"email": content})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_SECONDS", 60.0)
        for name, channel, as_html in asked:
            variables = {"customer": {"name": name}}
            fresh = renderer(tiny_journey, en=content, slots={"email": content})
            given_to = ("teaser", channel, None, "en", variables)
            assert used.render(*given_to, as_html=as_html) == fresh.render(*given_to, as_html=as_html)


def test_plain_texts_stay_as_typed_and_markup_is_made_of_escaped_ones(tiny_journey: Journey) -> None:
    made = renderer(tiny_journey, en=Content(title="Hi {{ customer.name }}", body="For {{ customer.name }}"))

    texts = render(made, customer={"name": "<script>alert(1)</script> & Söhne"})

    assert texts["title"] == "Hi <script>alert(1)</script> & Söhne"
    assert texts["body"] == "For <script>alert(1)</script> & Söhne"
    assert texts["html"] == "<p>For &lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne</p>"


@pytest.mark.parametrize("kind", [ChannelKind.SMS, ChannelKind.PHONE, ChannelKind.LETTER, ChannelKind.APP])
def test_channels_without_markup_get_none_unless_it_is_asked_for(
    tiny_journey: Journey, kind: ChannelKind
) -> None:
    made = renderer(tiny_journey, channel={"kind": kind}, en=Content(title="t", body="Müller & Söhne"))

    assert render(made)["body"] == "Müller & Söhne"
    assert render(made)["html"] == ""
    asked = made.render("teaser", "web", None, "en", {}, as_html=True)
    assert asked is not None
    assert asked["html"] == "<p>Müller &amp; Söhne</p>"


def test_written_markup_is_cleaned_whoever_wrote_it(tiny_journey: Journey) -> None:
    html = (
        '<h2 onclick="x()">{{ customer.name }}</h2><script>a()</script><iframe src="https://e.example"></iframe>'
        '<a href="{{ customer.url }}">1</a><a href="//evil.example">2</a><a href="https://ok.example/?a=1">3</a>'
        '<img src="data:image/png;base64,x" alt="4"><form action="/x"><b style="position:fixed">5</b></form>'
    )
    made = renderer(tiny_journey, en=Content(title="t", body="b", html=html))

    shown = render(made, customer={"name": "<i>Ada</i>", "url": "javascript:alert(1)"})["html"]

    assert shown == (
        '<h2>&lt;i&gt;Ada&lt;/i&gt;</h2><a rel="noopener noreferrer">1</a><a rel="noopener noreferrer">2</a>'
        '<a href="https://ok.example/?a=1" rel="noopener noreferrer">3</a><img alt="4"><b>5</b>'
    )


@pytest.mark.parametrize(
    ("url", "kept"),
    [("https://example.org/?a=1&b=2", "https://example.org/?a=1&b=2"), ("javascript:alert(1)", "")],
)
def test_only_safe_links_leave(tiny_journey: Journey, url: str, kept: str) -> None:
    made = renderer(tiny_journey, en=Content(title="t", body="b", click_url="{{ customer.url }}"))

    assert render(made, customer={"url": url})["click_url"] == kept


def test_numbers_can_be_dialled_where_the_journey_file_says_so(tiny_journey: Journey) -> None:
    content = Content(title="t", body="b", click_url="tel:+43 1 234")
    dialled = renderer(tiny_journey, channel={"kind": ChannelKind.APP, "tel_links": True}, en=content)

    assert render(dialled)["click_url"] == "tel:+431234"
    assert render(renderer(tiny_journey, en=content))["click_url"] == ""


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ customer.unknown }}", "VARIABLE_MISSING"),
        ("{{ customer.unknown | round }}", "VARIABLE_MISSING"),
        ("{{ customer.unknown | money }}", "VARIABLE_MISSING"),
        ("{{ facts.unknown | times: 2 }}", "VARIABLE_MISSING"),
        ("{{ nobody.at_home }}", "VARIABLE_MISSING"),
        ("{{ customer.name | money }}", "FILTER_FAILED"),
        ("{{ customer.name | date }}", "FILTER_FAILED"),
        ("{{ 1 | money: 'euros' }}", "FILTER_FAILED"),
        ("{{ 1 | divided_by: 0 }}", "FILTER_FAILED"),
        ("{{ customer.name | no_such_filter }}", "TEMPLATE_BROKEN"),
        ("{% if %}", "TEMPLATE_BROKEN"),
        ("{{ '  ' }}", "EMPTY"),
        ("{% include 'other' %}", None),
        ("{% render '/etc/passwd' %}", None),
        ("{% for i in (1..100000) %}x{% endfor %}", "TOO_LONG"),
        ("{% for i in (1..50) %}{% for j in (1..50) %}x{% endfor %}{% endfor %}", "TOO_LONG"),
        (
            "{% assign x = 'aa' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}x",
            "TOO_LONG",
        ),
        ("{% for i in (1..1000) %}{{ customer.long }}{% endfor %}", "TOO_LONG"),
        ("{{ (1..100000000) | join: ',' }}", "TOO_LONG"),
        ("{{ customer.long }}{{ customer.long }}{{ customer.long }}", "TOO_LONG"),
    ],
)
def test_a_template_that_fails_gives_the_fallback_text_and_says_why(
    tiny_journey: Journey, template: str, reason: str | None
) -> None:
    spare = {"en": Content(title="Hello", body="See you."), "de": Content(title="Hallo", body="Bis bald.")}
    content = Content(
        title="fine", body=template, click_url="https://example.org/a", image_url="/{{ customer.name }}"
    )
    made = renderer(tiny_journey, fallback=spare, en=content)

    texts = render(made, "de-AT", customer={"name": "Ada", "long": "x" * 9_000})

    assert (texts["title"], texts["body"]) == ("Hallo", "Bis bald.")
    assert (texts["html"], texts["locale"]) == ("<p>Bis bald.</p>", "de")
    assert (texts["click_url"], texts["image_url"]) == ("https://example.org/a", "")
    assert texts["fallback"] == reason or (reason is None and texts["fallback"])


def test_without_a_fallback_text_the_label_stands_in(tiny_journey: Journey) -> None:
    broken = render(renderer(tiny_journey, en=Content(title="{{ customer.unknown }}", body="b")))
    unwritten = render(renderer(tiny_journey))

    assert (broken["title"], broken["body"], broken["fallback"]) == ("Teaser", "Teaser", "VARIABLE_MISSING")
    assert (unwritten["title"], unwritten["fallback"]) == ("Teaser", "NO_CONTENT")


def test_a_template_that_asks_first_does_not_fail(tiny_journey: Journey) -> None:
    body = (
        "{% if customer.name %}no{% endif %}{% if facts.roofs > 1 %}no{% endif %}"
        "{% unless facts.roofs == 's' %}yes{% endunless %} {{ customer.name | default: 'you' }}"
    )

    texts = render(renderer(tiny_journey, en=Content(title="t", body=body)), customer={}, facts={})

    assert (texts["body"], texts["fallback"]) == ("yes you", "")


def test_a_slow_template_is_cut_off(tiny_journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nba_service.content.limits.MAX_SECONDS", -1.0)
    made = renderer(tiny_journey, en=Content(title="t", body="{{ 1 }}"))

    assert render(made)["fallback"] == "TOO_SLOW"


@pytest.mark.parametrize(("kind", "most"), [(ChannelKind.SMS, 480), (ChannelKind.APP, 1_000)])
def test_a_text_must_fit_its_channel(tiny_journey: Journey, kind: ChannelKind, most: int) -> None:
    content = Content(title="t", body="{{ customer.long }}")
    usual = renderer(tiny_journey, channel={"kind": kind}, en=content)
    wide = renderer(tiny_journey, channel={"kind": kind, "max_characters": most + 1}, en=content)

    assert render(usual, customer={"long": "x" * most})["fallback"] == ""
    assert render(usual, customer={"long": "x" * (most + 1)})["fallback"] == "TOO_LONG"
    assert render(wide, customer={"long": "x" * (most + 1)})["fallback"] == ""


def test_a_placement_has_its_own_words(tiny_journey: Journey) -> None:
    made = renderer(
        tiny_journey, en=Content(title="t", body="anywhere"), slots={"hero": Content(title="t", body="here")}
    )

    assert render(made, placement="hero")["body"] == "here"
    assert render(made, placement="sidebar")["body"] == "anywhere"


def test_doing_nothing_has_no_content(tiny_journey: Journey) -> None:
    assert Renderer(tiny_journey).render("nothing", None, None, "en", {}) is None


def test_every_text_of_the_reference_company_renders_with_and_without_facts(solar_journey: Journey) -> None:
    made = Renderer(solar_journey)
    customer = {
        "first_name": "Ada",
        "roof_area_m2": 64,
        "installation_date": "2026-01-01",
        "annual_kwh": 4_000,
    }
    facts = {
        "panels": 32,
        "yield_kwh": 14_000.5,
        "saving_per_year": 1_500,
        "currency": "EUR",
        "neighbours": 7,
    }
    facts["next_installation_date"] = "2026-12-29"
    for treatment in solar_journey.treatments[1:]:
        for locale in ("en", "de-AT"):
            for known in ({"customer": customer, "facts": facts}, {"customer": {}, "facts": {}}):
                texts = made.render(treatment.action, treatment.channel, None, locale, known)
                assert texts is not None
                assert texts["fallback"] == "", (treatment.name, locale)
                assert texts["title"]
                assert texts["body"]


def test_variables_are_made_for_texts_that_read_them_alone(tiny_journey: Journey) -> None:
    asked: list[str] = []

    def variables() -> dict[str, object]:
        asked.append("for a text")
        return {"customer": {"name": "Ada"}}

    fixed = renderer(tiny_journey, en=Content(title="Hello", body="Read on"))
    said = [fixed.render("teaser", "web", None, "en", variables) for _ in range(3)]
    assert said[0] == said[1] == said[2]
    assert len(asked) == 1  # the first time nobody knows yet

    personal = renderer(tiny_journey, en=Content(title="Hello {{ customer.name }}", body="Read on"))
    found = personal.render("teaser", "web", None, "en", variables)
    assert found is not None
    assert found["title"] == "Hello Ada"
    assert len(asked) == 2


def test_a_voice_says_words_and_has_no_links(tiny_journey: Journey) -> None:
    content = Content(
        title="You save {{ 1283 | money: 'EUR', 0 }}",
        body="About 2 kWh of 9. Shall I send it?",
        click_url="https://example.org/x",
    )
    made = renderer(tiny_journey, en=content, channel={"kind": ChannelKind.VOICE})
    spoken = render(made)
    assert spoken["title"] == "You save one thousand two hundred and eighty-three euros"
    assert spoken["body"] == "About two kilowatt-hours of nine. Shall I send it?"
    assert spoken["click_url"] == spoken["image_url"] == spoken["html"] == ""
    long = renderer(
        tiny_journey,
        en=dataclasses.replace(content, body="word " * 90),
        fallback={"en": Content(title="In short", body="1 thing")},
        channel={"kind": ChannelKind.VOICE},
    )
    assert (render(long)["title"], render(long)["body"]) == ("In short", "one thing")


def test_a_button_is_said_where_it_is_written_and_is_plain_text(tiny_journey: Journey) -> None:
    content = Content(title="T", body="B", button="Go, {{ customer.name }} <b>")
    written = renderer(tiny_journey, en=content)
    failed = renderer(tiny_journey, en=content, fallback={"en": Content(title="F", body="F", button=" Go ")})

    assert render(written, customer={"name": "Ada"})["button"] == "Go, Ada <b>"
    assert render(failed, customer={})["button"] == "Go"
    assert "button" not in render(renderer(tiny_journey, en=Content(title="T", body="B")))

"""Texts of a journey file that cannot be rendered are found, each once, at its line."""

from __future__ import annotations

import pytest

from models.journey_file import Finding, parse_journey
from nba_service.cli.journey.templates import lint_templates


def findings(text: str) -> list[Finding]:
    data = text.encode()
    return lint_templates(parse_journey(data, "j.yaml"), "j.yaml", data)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("{{ customer.first_name | upcse }}", "TEMPLATE_UNKNOWN_NAME", "did you mean upcase?"),
        ("{% if customer.vip %}Hello", "TEMPLATE_BROKEN", "if"),
        ("{{ customer.frist_name }}", "TEMPLATE_UNKNOWN_NAME", "did you mean first_name?"),
        ("{{ weather }}", "TEMPLATE_UNKNOWN_NAME", "weather"),
    ],
)
def test_texts_that_cannot_be_rendered_are_found(
    tiny_journey_text: str, text: str, code: str, says: str
) -> None:
    changed = tiny_journey_text.replace("title: Your offer", f'title: "{text}"').encode()
    (finding,) = lint_templates(parse_journey(changed, "j.yaml"), "j.yaml", changed)
    assert (finding.code, finding.field) == (code, "actions.offer.content.default.en.title")
    assert says in finding.text
    assert text in changed.decode().splitlines()[finding.line - 1]


def test_texts_that_can_be_rendered_have_no_findings(tiny_journey_text: str) -> None:
    known = "{{ customer.vip }}{{ facts.anything }}{{ decision.label }}{{ now | date }}{{ company }}"

    assert findings(tiny_journey_text) == []
    assert findings(tiny_journey_text.replace("title: Your offer", f'title: "{known}"')) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ customer.shoe_size }}", "customers have no attribute shoe_size; declare it under attributes"),
        ("{{ decision.priority }}", "a decision has no priority; use action, channel, "),
        ("{{ 1 | zzz }}", "there is no filter zzz; did you mean "),
    ],
)
def test_a_name_that_nobody_provides_is_told_with_what_there_is(
    tiny_journey_text: str, text: str, said: str
) -> None:
    (finding,) = findings(tiny_journey_text.replace("title: Your offer", f'title: "{text}"'))

    assert finding.text.startswith(said)


def test_markup_in_a_plain_text_is_told_and_in_html_it_is_not(tiny_journey_text: str) -> None:
    plain = findings(tiny_journey_text.replace("body: Ready when you are.", 'body: "a <b>b</b>"'))
    html = findings(tiny_journey_text.replace("body: Ready when you are.", 'body: b, html: "a <b>b</b>"'))
    less = findings(tiny_journey_text.replace("body: Ready when you are.", 'body: "3 < 4 > 2"'))

    assert [(one.code, one.field.rpartition(".")[2]) for one in plain] == [("TEMPLATE_MARKUP", "body")]
    assert "<b> is shown as it stands" in plain[0].text
    assert html == less == []


def test_a_default_text_that_is_used_on_two_channels_is_found_once(tiny_journey_text: str) -> None:
    changed = tiny_journey_text.replace("body: Have a look.", 'body: "{{ weather }}"')

    (finding,) = findings(changed)

    assert finding.field == "actions.teaser.content.default.en.body"
    assert "{{ weather }}" in changed.splitlines()[finding.line - 1]


def test_a_text_of_a_channel_of_its_own_is_found_there(tiny_journey_text: str) -> None:
    changed = tiny_journey_text.replace(
        "      default: {en: {title: Your offer, body: Ready when you are.}}",
        '      email: {en: {title: "{{ weather }}", body: b}}',
    )

    assert [one.field for one in findings(changed)] == ["actions.offer.content.email.en.title"]

"""Channels, limits and mails name what there is."""

from __future__ import annotations

import pytest

from models.journey_file import parse_journey
from tests.models.journey_file.problems import Edit, FindingsOf, ProblemsOf, assert_told

WRONG_CHANNELS = [
    # what is changed, into what, field, what the problem says
    ("consent: email", "consent: mail", "channels.email.consent", "did you mean email?"),
    ('end: "06:00"', 'end: "22:00"', "channels.email.quiet_hours.end", "differs from the start"),
    ("inbound: true, ", "", "channels.web.placements", "inbound: true"),
    ("[banner, sidebar]", "[banner, banner]", "channels.web.placements[1]", "banner"),
    ("  web: {cost", "  default: {cost", "channels.default", "all channels share"),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG_CHANNELS)
def test_channels_problem_names_its_place_and_what_to_do(
    problems_of: ProblemsOf, edit: Edit, old: str, new: str, field: str, says: str
) -> None:
    assert_told(problems_of(edit((old, new))), field, says)


MAIL = """mail:
  links: [tiny.example]
  defaults:
    email: {en: {title: News, body: See what is new., click_url: "https://tiny.example/en"}}
"""


def test_a_mail_section_says_where_clicks_lead_and_what_stands_in(
    findings_of: FindingsOf, tiny_journey_text: str
) -> None:
    mail = parse_journey((tiny_journey_text + MAIL).encode(), "j.yaml").mail
    assert mail.links == ("tiny.example",)
    assert mail.defaults["email"]["en"].click_url == "https://tiny.example/en"
    assert findings_of(tiny_journey_text + MAIL) == []


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("[tiny.example]", '["https://tiny.example"]', "mail.links"),
        ("    email: {en", "    e_mail: {en", "mail.defaults.e_mail"),
        ("body: See what is new., ", "", "mail.defaults.email.en"),
        ("See what is new.", "'{{ customer.id }}'", "mail.defaults.email.en.body"),
    ],
)
def test_a_mail_section_that_cannot_be_is_refused(
    problems_of: ProblemsOf, tiny_journey_text: str, old: str, new: str, field: str
) -> None:
    assert old in MAIL
    (problem,) = problems_of(tiny_journey_text + MAIL.replace(old, new))
    assert field in problem

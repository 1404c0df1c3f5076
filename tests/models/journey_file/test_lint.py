"""What is valid and most likely not meant."""

from __future__ import annotations

import pytest

from models.journey_file import lint_journey, parse_journey
from tests.models.journey_file.problems import Edit, FindingsOf


def test_the_tiny_journey_has_nothing_to_warn_about(findings_of: FindingsOf, tiny_journey_text: str) -> None:
    assert findings_of(tiny_journey_text) == []


WARNED = [
    ("PHASE_UNREACHABLE", "phases.interested", ("from: [stranger], to: interested", "to: customer")),
    ("PHASE_UNCOVERED", "phases.customer", ("phases: [customer]", "phases: [stranger]")),
    ("CHANNEL_WITHOUT_COST", "channels.email", ("    cost: 0.1\n", "")),
    ("CHANNEL_WITHOUT_CONSENT", "channels.email", ("    consent: email\n", "")),
    (
        "CHANNEL_UNUSED",
        "channels.letter",
        ("outcomes:\n", "  letter: {cost: 1, consent: email}\noutcomes:\n"),
    ),
    (
        "ACTION_IMPOSSIBLE",
        "actions.offer",
        ('"!has(customer.attributes.age) ||', "\"phase.name == 'customer' &&"),
    ),
    (
        "TREATMENT_IMPOSSIBLE",
        "actions.teaser.channels[0]",
        (
            'actions: [offer]\n    when: "!has(customer.attributes.age) || customer.attributes.age >= 18"',
            "when: action.name != 'teaser' || action.channel != 'email'",
        ),
    ),
    (
        "CONTENT_MISSING",
        "actions.teaser.content.email",
        ('      default: {en: {title: "Hello', '      web: {en: {title: "Hello'),
    ),
    ("OPEN_AS_REWARD", "outcomes.named.mail_opened", ("    clicked: {", "    mail_opened: {")),
    ("CONSENT_FOR_EVER", "channels.email.consent", (", withdraws: [email]", "")),
    ("RULE_UNGUARDED", "policies[0].when", ("!has(customer.attributes.age) || ", "")),
    (
        "VARIANTS_ALIKE",
        "actions.care.variants.same",
        (
            "{en: {title: All well?, body: We are here.}}\n",
            "{en: {title: All well?, body: We are here.}}\n    variants:\n      plain: {}\n      same: {}\n"
            "      other: {default: {en: {title: Hi}}}\n",
        ),
    ),
    ("PLAYBOOK_SKIPPED", "playbook.stranger[0]", ("stranger: [teaser]", "stranger: [offer]")),
]


@pytest.mark.parametrize(("code", "field", "change"), WARNED)
def test_what_is_valid_and_hardly_meant_is_found(
    findings_of: FindingsOf, edit: Edit, code: str, field: str, change: tuple[str, str]
) -> None:
    assert (code, field) in findings_of(edit(change))


def test_an_open_that_one_action_rewards_is_found(findings_of: FindingsOf, edit: Edit) -> None:
    text = edit(
        ("    no_response: {}\n", "    no_response: {}\n    opened: {}\n"),
        ("    group: sales\n", "    group: sales\n    positive_outcomes: [opened, clicked]\n"),
    )
    assert findings_of(text) == [("OPEN_AS_REWARD", "actions.offer.positive_outcomes[0]")]


MAIL = """mail:
  links: [tiny.example]
  defaults:
    email: {en: {title: News, body: See what is new., click_url: "https://tiny.example/en"}}
"""


def test_a_default_that_leads_where_no_click_may_is_found(
    findings_of: FindingsOf, tiny_journey_text: str
) -> None:
    text = tiny_journey_text + MAIL.replace("https://tiny", "https://other")
    assert findings_of(text) == [("LINK_NOT_ALLOWED", "mail.defaults.email.en.click_url")]


def test_a_text_in_one_language_only_is_found(findings_of: FindingsOf, edit: Edit) -> None:
    text = edit(
        ("{en: {title: Your offer, body: Ready when you are.}}", "{de: {title: Ihr Angebot, body: Bereit.}}")
    )
    found = findings_of(text)
    assert ("CONTENT_MISSING", "actions.offer.content.email") in found  # English, the default
    assert ("CONTENT_MISSING", "actions.teaser.content.web") in found  # German, which others have


def test_phases_that_only_data_states_are_reachable(findings_of: FindingsOf, edit: Edit) -> None:
    rules = """phase_rules:
  - {when: interaction.touchpoint == "order", to: customer}
  - {when: interaction.touchpoint == "quote", from: [stranger], to: interested}
"""
    assert findings_of(edit((rules, ""))) == []


def test_a_finding_reads_like_a_compiler_s_line(edit: Edit) -> None:
    text = edit(("stranger: [teaser]", "stranger: [offer]"))
    (finding,) = lint_journey(parse_journey(text.encode(), "j.yaml"), "j.yaml", text.encode())
    assert text.splitlines()[finding.line - 1].strip() == "stranger: [offer]"
    assert str(finding).startswith(f"j.yaml:{finding.line}: playbook.stranger[0]: ")
    assert str(finding).endswith("[PLAYBOOK_SKIPPED]")


def test_a_text_for_a_voice_is_short(findings_of: FindingsOf, edit: Edit) -> None:
    spoken = edit(("  web: {cost", "  web: {kind: voice, cost"))
    assert "VOICE_TOO_LONG" not in [code for code, _ in findings_of(spoken)]
    long = spoken.replace("body: Have a look.", "body: One. Two. Three? Four!")
    assert "VOICE_TOO_LONG" in [code for code, _ in findings_of(long)]

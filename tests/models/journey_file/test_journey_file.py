"""Rules of journey files: what is accepted, how a wrong one is answered, what is warned about."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.actions import Purpose, Tier
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.domain.rules.rule_types import Record, Vocabulary, policy_context
from models.errors import JourneyFileError
from models.journey_file import lint, lint_journey, parse_journey, schema
from models.journey_file.fields import Shape
from models.journey_file.yaml_tree import MAX_BYTES

Edit = Callable[..., str]


@pytest.fixture(scope="session")
def edit(tiny_journey_text: str) -> Edit:
    """The tiny journey's file with texts replaced; each must be there exactly once."""

    def edited(*changes: tuple[str, str]) -> str:
        text = tiny_journey_text
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the tiny journey"
            text = text.replace(old, new)
        return text

    return edited


def problems_of(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(JourneyFileError) as caught:
        parse_journey(data, "j.yaml")
    return str(caught.value).splitlines()


def findings_of(text: str) -> list[tuple[str, str]]:
    journey = parse_journey(text.encode(), "j.yaml")
    return [(finding.code, finding.field) for finding in lint_journey(journey, "j.yaml", text.encode())]


# --- What a valid file becomes


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


def test_times_of_day_are_not_the_sexagesimal_numbers_of_yaml(tiny_journey: Journey) -> None:
    """YAML 1.1 reads an unquoted 22:00 as 1320; here it is ten in the evening, quoted or not."""
    hours = tiny_journey.channels[1].quiet_hours
    assert hours is not None
    assert (hours.start, hours.end) == (time(22, 0), time(6, 0))


def test_unquoted_words_of_yaml_1_1_stay_words(edit: Edit) -> None:
    text = edit(("values: [new, old]", "values: [no, yes, on]"), ('start: "22:00"', "start: 22:00"))
    journey = parse_journey(text.encode(), "j.yaml")
    assert journey.attributes[1].values == ("no", "yes", "on")
    assert journey.channels[1].quiet_hours is not None
    assert journey.channels[1].quiet_hours.start == time(22, 0)


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


def test_the_same_bytes_have_the_same_hash_and_others_another(tiny_journey_text: str) -> None:
    one = parse_journey(tiny_journey_text.encode(), "a.yaml")
    assert one.sha256 == parse_journey(tiny_journey_text.encode(), "b.yaml").sha256
    assert one.sha256 != parse_journey(tiny_journey_text.encode() + b"\n", "a.yaml").sha256


# --- How a wrong file is answered


def test_every_problem_is_told_at_once_in_the_order_of_the_lines(edit: Edit) -> None:
    text = edit(
        ("currency: EUR", "currency: euro"),
        ("cost: 0.1", "cost: free"),
        ("phases: [interested]", "phases: [intrested]"),
        ("customer.attributes.age >= 18", "customer.attributes.agee >= 18"),
    )
    problems = problems_of(text)
    lines = [int(re.match(r"j\.yaml:(\d+): ", problem)[1]) for problem in problems]  # type: ignore[index]
    assert lines == sorted(lines)
    assert len(problems) == 4
    for problem, line in zip(problems, lines, strict=True):
        assert re.search(r": expected .+, got .+; .+", problem)
        assert any(word in text.splitlines()[line - 1] for word in ("euro", "free", "intrested", "agee"))


WRONG = [
    # what is changed, into what, field, what the problem says
    ("currency: EUR", "currency: 12", "currency", "got 12; use its ISO 4217 code"),
    ("currency: EUR", "curency: EUR", "curency", "did you mean currency?"),
    ("company: Tiny", "company: 7", "company", "expected a text, got 7"),
    ("time_zone: Europe/Berlin", "time_zone: Berlin", "time_zone", "IANA"),
    ("time_zone: Europe/Berlin", "time_zone: ../../etc/passwd", "time_zone", "IANA"),
    ("default_locale: en", "default_locale: english!", "default_locale", "de-AT"),
    ("type: boolean", "type: bool", "attributes.vip.type", "number, boolean, category, text"),
    (
        "minimum: 0, maximum: 150",
        "minimum: 150, maximum: 0",
        "attributes.age.maximum",
        "at least the minimum",
    ),
    ("type: boolean", "type: boolean, values: [a]", "attributes.vip.values", "only on a category"),
    ("value: 100", "value: .nan", "phases.customer.value", "got nan"),
    ("value: 100", "value: .inf", "phases.customer.value", "got inf"),
    ("value: 100", "value: 1e400", "phases.customer.value", "got inf"),
    ("value: 100", "value: true", "phases.customer.value", "got true"),
    ("after_days: 30", "after_days: 0", "phases.interested.lapse.after_days", "at least an hour"),
    (
        "after_days: 90, to: stranger",
        "after_days: 90, to: customer",
        "phases.customer.lapse.to",
        "another phase",
    ),
    ("after_days: 90, to: stranger", "after_days: 90, to: gone", "phases.customer.lapse.to", "stranger"),
    ("  customer: {value: 100", "  Customer: {value: 100", "phases.Customer", "small letters"),
    ("from: [stranger]", "from: [stranger, stranger]", "phase_rules[1].from[1]", "each name once"),
    ("to: interested}", "to: interested, form: [a]}", "phase_rules[1].form", "did you mean from?"),
    ("{value: 1, lapse", "{value: 1, lapse: 3, lapsed", "phases.interested.lapse", "after_days, to"),
    ("cost: 0.1", "cost: -1", "channels.email.cost", "at least 0"),
    ("cost: 0.1", 'cost: "0.1"', "channels.email.cost", 'got "0.1"'),
    ("consent: email", "consent: mail", "channels.email.consent", "did you mean email?"),
    ('end: "06:00"', 'end: "25:99"', "channels.email.quiet_hours.end", "21:00"),
    ('end: "06:00"', 'end: "22:00"', "channels.email.quiet_hours.end", "differs from the start"),
    ("count: 2,", "count: 2.5,", "channels.email.limits[0].count", "whole number"),
    ("count: 2,", "count: 0,", "channels.email.limits[0].count", "at least 1"),
    ("inbound: true, ", "", "channels.web.placements", "inbound: true"),
    ("[banner, sidebar]", "[banner, banner]", "channels.web.placements[1]", "banner"),
    ("  web: {cost", "  default: {cost", "channels.default", "all channels share"),
    ("default: no_response", "default: silence", "outcomes.default", "an outcome"),
    ("default: no_response", "default: clicked", "outcomes.default", "silence is no success"),
    ("{sentiment: positive}", "{sentiment: neutral}", "outcomes.named", "sentiment: positive"),
    ("    complained:", "    visit:", "outcomes.named.visit", "no touchpoint has"),
    ("  visit: Visit", "  contact: Visit", "touchpoints.contact", "our own contacts"),
    ("  offer:\n    channels", "  nothing:\n    channels", "actions.nothing", "part of every journey"),
    ("channels: [email, web]", "channels: []", "actions.teaser.channels", "at least one channel"),
    ("channels: [email, web]", "channels: [email, fax]", "actions.teaser.channels[1]", "web, email"),
    ("channels: [email, web]", "channels: email", "actions.teaser.channels", "expected a list"),
    ("group: awareness", "group: offer", "actions.offer", "levers"),
    ("propensity: 0.2,", "propensity: 1.2,", "actions.offer.prior.propensity", "probability"),
    ("propensity: 0.2,", "propensity: 0,", "actions.offer.prior.propensity", "nothing is certain"),
    (
        "moves: {customer: 3}",
        "moves: {customers: 3}",
        "actions.offer.prior.moves.customers",
        "did you mean customer?",
    ),
    ("moves: {customer: 3}", "moves: {customer: -3}", "actions.offer.prior.moves.customer", "odds"),
    ("purpose: service", "purpose: spam", "actions.care.purpose", "marketing, service"),
    ("group: sales", "group: sales\n    requires: [offer]", "actions.offer.requires", "own name"),
    (
        "group: sales",
        "group: sales\n    positive_outcomes: [bought]",
        "actions.offer.positive_outcomes[0]",
        "outcome",
    ),
    (
        "group: sales",
        "group: sales\n    starts_at: 2026-03-01T00:00:00",
        "actions.offer.starts_at",
        "no zone",
    ),
    ("group: sales", "group: sales\n    starts_at: 2026-03-01", "actions.offer.starts_at", "zone"),
    (
        "{title: Your offer, body: Ready when you are.}",
        "{title: Your offer}",
        "actions.offer.content.default.en",
        "body",
    ),
    (
        "default: {en: {title: Your offer",
        "web: {en: {title: Your offer",
        "actions.offer.content.web",
        "this action",
    ),
    (
        "{title: Your offer,",
        '{click_url: "javascript:alert(1)", title: Your offer,',
        "actions.offer.content.default.en.click_url",
        "https://",
    ),
    ("code: ADULTS_ONLY", "code: adults", "policies[0].code", "TICKET_OPEN"),
    ("tier: eligibility", "tier: first", "policies[0].tier", "suitability"),
    ("actions: [offer]\n", "groups: [sail]\n", "policies[0].groups[0]", "a group"),
    ("stranger: [teaser]", "stranger: [tease]", "playbook.stranger[0]", "did you mean teaser?"),
    ("stranger: [teaser]", "strange: [teaser]", "playbook.strange", "a phase"),
    ("horizon_days: 7", "horizon_days: -1", "objective.horizon_days", '"next"'),
    ("horizon_days: 7", "levers: {premium: 2}", "objective.levers.premium", "an action or group"),
    ("horizon_days: 7", "discount_per_year: 1.1", "objective.discount_per_year", "at most 1"),
    ("horizon_days: 7", "exploration: {method: guess}", "objective.exploration.method", "inverse_gap"),
    ("horizon_days: 7", "exploration: {floor: 0.9}", "objective.exploration.floor", "0.5"),
    (
        "horizon_days: 7",
        "arms: {a: {share: 0.9, policy: default}, b: {share: 0.2, policy: random}}",
        "objective.arms",
        "sum to 1, got 1.1",
    ),
    (
        "horizon_days: 7",
        "bounds: {shares: {ofer: {at_least: 0.1}}}",
        "objective.bounds.shares.ofer",
        "did you mean offer?",
    ),
    (
        "horizon_days: 7",
        "bounds: {shares: {offer: {at_least: 0.5, at_most: 0.2}}}",
        "objective.bounds.shares.offer.at_most",
        "at least at_least (0.5), got 0.2",
    ),
    (
        "horizon_days: 7",
        "bounds: {shares: {offer: {at_least: 0.7}, teaser: {at_least: 0.4}}}",
        "objective.bounds.shares",
        "at most 1 together, got 1.1",
    ),
    (
        "horizon_days: 7",
        "bounds: {shares: {offer: {at_least: 1.5}}}",
        "objective.bounds.shares.offer.at_least",
        "1.5",
    ),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG)
def test_a_problem_names_its_place_and_what_to_do(
    edit: Edit, old: str, new: str, field: str, says: str
) -> None:
    problems = problems_of(edit((old, new)))
    told = [problem for problem in problems if f": {field}: " in problem]
    assert told, problems
    assert any(says in problem for problem in told), told
    assert all(": expected " in problem and ", got " in problem and "; " in problem for problem in told), told


RULES = [
    ("phase == customer", "expected"),
    ("phase.name ==", "CEL"),
    ("now.houre > 3", "did you mean hour?"),
    ("seen.qote > 0", "did you mean quote?"),
    ("days_since.quoted < 3.0", "quote"),
    ("contacts.teasr == 0", "did you mean teaser?"),
    ("customer.consent.sms", "a consent"),
    ('phase.name == "costumer"', "did you mean customer?"),
    ('phase.name in ["customer", "strangers"]', "did you mean stranger?"),
    ('action.channel == "fax"', "a channel"),
    ('has(customer.attributes.age) && customer.attributes.age == "old"', "a fraction"),
    ('has(customer.attributes.age) && customer.attributes.age > "old"', "a fraction"),
    ("has(customer.attributes.vip) && customer.attributes.vip > 1", "true or false"),
    ('has(customer.attributes.segment) && customer.attributes.segment == "gold"', "a value of segment"),
    ("seen.quote", "a condition"),
    ("seen.quote + 0.5 > 1.0", "double("),
    ("!phase.dwell_days", "a condition"),
    ("true || seen.qote > 0", "did you mean quote?"),
    ("interaction.touchpoint == 'visit'", "a variable"),
    ("size(phase.name, 3) > 1", "a function"),
    ("__import__('os')", "a function"),
]


@pytest.mark.parametrize(("rule", "says"), RULES)
def test_a_rule_that_cannot_be_meant_is_an_error_before_any_customer(
    edit: Edit, rule: str, says: str
) -> None:
    quoted = rule.replace("'", "''")
    old = '"!has(customer.attributes.age) || customer.attributes.age >= 18"'
    (problem, *others) = problems_of(edit((old, f"'{quoted}'")))
    assert ": policies[0].when: " in problem
    assert says in problem
    assert not others


def test_phase_rules_know_the_interaction_and_not_the_customer(edit: Edit) -> None:
    problems = problems_of(
        edit(
            ('interaction.touchpoint == "order"', 'interaction.touchpoint == "orders"'),
            ('interaction.touchpoint == "quote"', "seen.quote > 0"),
        )
    )
    assert ["phase_rules[0].when" in problems[0], "did you mean order?" in problems[0]] == [True, True]
    assert ["phase_rules[1].when" in problems[1], '"seen"' in problems[1]] == [True, True]


def test_requirements_must_not_form_a_ring(edit: Edit) -> None:
    text = edit(
        ("group: awareness", "group: awareness\n    requires: [offer]"),
        ("group: sales", "group: sales\n    requires: [teaser]"),
    )
    (problem,) = problems_of(text)
    assert "teaser → offer → teaser" in problem


def test_codes_of_limits_and_policies_are_unique(edit: Edit) -> None:
    limit = "contact_limits: [{code: EMAIL_2_IN_7_DAYS, count: 9, window_days: 30}]\noutcomes:\n"
    (problem,) = problems_of(edit(("outcomes:\n", limit)))
    assert "contact_limits[0].code" in problem
    assert "EMAIL_2_IN_7_DAYS" in problem


@pytest.mark.parametrize("section", ["company", "phases", "channels", "outcomes", "actions"])
def test_a_missing_section_is_one_problem_and_not_an_avalanche(tiny_journey_text: str, section: str) -> None:
    kept: list[str] = []
    skipping = False
    for line in tiny_journey_text.splitlines():
        if not line.startswith(" "):
            skipping = line.startswith(f"{section}:")
        if not skipping:
            kept.append(line)
    problems = problems_of("\n".join(kept))
    assert any(f": {section}: expected" in problem for problem in problems)
    references = {"actions": 1, "channels": 0, "phases": 0, "outcomes": 0, "company": 0}
    assert (
        len([p for p in problems if f": {section}: " not in p and "policies[0].when" not in p])
        <= references[section]
    )


# --- Files that are no files


def test_a_key_that_stands_twice_is_refused_and_says_where_first(edit: Edit) -> None:
    (problem,) = problems_of(edit(("company: Tiny", "company: Tiny\ncompany: Other")))
    assert problem.startswith("j.yaml:2: company: expected each key once")
    assert "first on line 1" in problem


HOSTILE = {
    "alias": b"a: &x [1]\nb: *x\n",
    "billion laughs": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "python object": b"a: !!python/object/apply:os.system [echo]\n",
    "own tag": b"a: !thing 3\n",
    "two documents": b"a: 1\n---\nb: 2\n",
    "deep": b"[" * 100_000,
    "deep mapping": b"".join(b" " * depth + b"a:\n" for depth in range(60)),
    "too large": b"a: " + b"x" * MAX_BYTES,
    "not UTF-8": b"company: T\xff\n",
    "control characters": b"company: T\x00\n",
    "tab": b"company:\n\t- x\n",
    "unclosed": b'company: "Tiny\n',
    "list as key": b"[a, b]: c\n",
    "empty": b"",
    "only a text": b"hello\n",
    "a list": b"- a\n- b\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_plain_yaml_ends_with_file_line_and_remedy(name: str) -> None:
    (problem,) = problems_of(HOSTILE[name])
    assert re.match(r"j\.yaml:\d+: expected .+, got .+; .+", problem), problem


def test_a_mark_at_the_start_of_the_file_and_windows_lines_are_fine(tiny_journey_text: str) -> None:
    data = b"\xef\xbb\xbf" + tiny_journey_text.replace("\n", "\r\n").encode()
    assert parse_journey(data, "j.yaml").company == "Tiny"


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_damage_ends_in_a_journey_or_in_a_journey_file_error(
    data: st.DataObject, tiny_journey_text: str
) -> None:
    """Cut, doubled or overwritten anywhere: never another exception, never a hang."""
    text = tiny_journey_text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    junk = data.draw(
        st.text(max_size=12) | st.sampled_from(["{", "[", "null", ": ", "- ", '"', "\n", "1e999", "{}"])
    )
    damaged = text[:start] + junk + text[end:]
    told = ""
    try:
        journey = parse_journey(damaged.encode("utf-8", "surrogatepass"), "j.yaml")
        lint_journey(journey, "j.yaml", damaged.encode())
    except JourneyFileError as error:
        told = str(error)
    assert told == "" or all(re.match(r"j\.yaml:\d+: ", line) for line in told.splitlines())


# --- What is warned about


def test_the_tiny_journey_has_nothing_to_warn_about(tiny_journey_text: str) -> None:
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
    ("PLAYBOOK_SKIPPED", "playbook.stranger[0]", ("stranger: [teaser]", "stranger: [offer]")),
]


@pytest.mark.parametrize(("code", "field", "change"), WARNED)
def test_what_is_valid_and_hardly_meant_is_found(
    edit: Edit, code: str, field: str, change: tuple[str, str]
) -> None:
    assert (code, field) in findings_of(edit(change))


def test_an_open_that_one_action_rewards_is_found(edit: Edit) -> None:
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


def test_a_mail_section_says_where_clicks_lead_and_what_stands_in(tiny_journey_text: str) -> None:
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
    tiny_journey_text: str, old: str, new: str, field: str
) -> None:
    assert old in MAIL
    (problem,) = problems_of(tiny_journey_text + MAIL.replace(old, new))
    assert field in problem


def test_a_default_that_leads_where_no_click_may_is_found(tiny_journey_text: str) -> None:
    text = tiny_journey_text + MAIL.replace("https://tiny", "https://other")
    assert findings_of(text) == [("LINK_NOT_ALLOWED", "mail.defaults.email.en.click_url")]


def test_only_a_declared_consent_can_be_withdrawn(edit: Edit) -> None:
    (problem,) = problems_of(edit(("withdraws: [email]", "withdraws: [emails]")))
    assert "outcomes.named.complained.withdraws" in problem


def test_a_text_in_one_language_only_is_found(edit: Edit) -> None:
    text = edit(
        ("{en: {title: Your offer, body: Ready when you are.}}", "{de: {title: Ihr Angebot, body: Bereit.}}")
    )
    found = findings_of(text)
    assert ("CONTENT_MISSING", "actions.offer.content.email") in found  # English, the default
    assert ("CONTENT_MISSING", "actions.teaser.content.web") in found  # German, which others have


def test_phases_that_only_data_states_are_reachable(edit: Edit) -> None:
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


# --- The reference company


def test_the_reference_company_has_what_was_promised(solar_journey: Journey) -> None:
    assert len(solar_journey.phases) == 7
    assert len(solar_journey.channels) == 6
    assert len(solar_journey.actions) == 22
    assert {policy.tier for policy in solar_journey.policies} == set(Tier)
    assert {a.name for a in solar_journey.actions if a.purpose is Purpose.SERVICE} == {
        "installation_news",
        "generation_dashboard",
    }
    assert {arm.policy for arm in solar_journey.objective.arms} == {
        ArmPolicy.DEFAULT,
        ArmPolicy.RANDOM,
        ArmPolicy.PLAYBOOK,
    }


def test_every_treatment_of_the_reference_company_speaks_both_languages(solar_journey: Journey) -> None:
    for action in solar_journey.actions:
        for channel in action.channels:
            for locale in ("en", "de"):
                assert len(action.content[channel][locale].body) > 40, (action.name, channel, locale)


def test_the_reference_company_closes_the_loop(solar_journey: Journey) -> None:
    lapses = {phase.name: phase.lapse.to for phase in solar_journey.phases if phase.lapse}
    name = "experience"
    for _ in range(2):
        name = lapses[name]
    assert name == "out_of_market"


def test_the_reference_company_has_no_warnings(solar_journey: Journey, solar_journey_path: Path) -> None:
    assert lint_journey(solar_journey, "journey.yaml", solar_journey_path.read_bytes()) == []


# --- The reference page


def test_every_field_variable_and_warning_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/reference/journey-file.md").read_text(
        encoding="utf-8"
    )
    shapes = [
        shape for shape in vars(schema).values() if isinstance(shape, type) and issubclass(shape, Shape)
    ]
    fields = {f.data_key or name for shape in shapes for name, f in shape().fields.items()}
    none: frozenset[str] = frozenset()
    nobody = Vocabulary(
        phases=none, channels=none, actions=none, groups=none, outcomes=none, touchpoints=none, consents=none
    )
    variables = {
        f"{name}.{member}"
        for name, record in policy_context(nobody).items()
        if isinstance(record, Record) and name not in ("context", "now")
        for member in record.members
    }
    warnings = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', inspect.getsource(lint)))
    assert len(fields) > 50
    assert len(warnings) == 13
    assert [
        word
        for word in sorted(fields | variables | warnings)
        if not re.search(rf"\b{re.escape(word)}\b", page)
    ] == []

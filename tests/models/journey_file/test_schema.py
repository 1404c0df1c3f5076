"""The shape of each field: its type, its range and its words."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from models.domain.rules.rule_types import Record, Vocabulary, policy_context
from models.journey_file import lint, schema
from models.journey_file.fields import Shape
from tests.models.journey_file.problems import Edit, ProblemsOf, assert_told

WRONG_SCHEMA = [
    # what is changed, into what, field, what the problem says
    ("currency: EUR", "currency: 12", "currency", "got 12; use its ISO 4217 code"),
    ("currency: EUR", "curency: EUR", "curency", "did you mean currency?"),
    ("company: Tiny", "company: 7", "company", "expected a text, got 7"),
    ("time_zone: Europe/Berlin", "time_zone: Berlin", "time_zone", "IANA"),
    ("time_zone: Europe/Berlin", "time_zone: ../../etc/passwd", "time_zone", "IANA"),
    ("default_locale: en", "default_locale: english!", "default_locale", "de-AT"),
    ("type: boolean", "type: bool", "attributes.vip.type", "number, boolean, category, text"),
    ("value: 100", "value: .nan", "phases.customer.value", "got nan"),
    ("value: 100", "value: .inf", "phases.customer.value", "got inf"),
    ("value: 100", "value: 1e400", "phases.customer.value", "got inf"),
    ("value: 100", "value: true", "phases.customer.value", "got true"),
    ("value: 100", "value: 100, paid_once: once", "phases.customer.paid_once", 'got "once"'),
    ("after_days: 30", "after_days: 0", "phases.interested.lapse.after_days", "at least an hour"),
    ("  customer: {value: 100", "  Customer: {value: 100", "phases.Customer", "small letters"),
    ("to: interested}", "to: interested, form: [a]}", "phase_rules[1].form", "did you mean from?"),
    ("{value: 1, lapse", "{value: 1, lapse: 3, lapsed", "phases.interested.lapse", "after_days, to"),
    ("cost: 0.1", "cost: -1", "channels.email.cost", "at least 0"),
    ("cost: 0.1", 'cost: "0.1"', "channels.email.cost", 'got "0.1"'),
    ('end: "06:00"', 'end: "25:99"', "channels.email.quiet_hours.end", "21:00"),
    ("count: 2,", "count: 2.5,", "channels.email.limits[0].count", "whole number"),
    ("count: 2,", "count: 0,", "channels.email.limits[0].count", "at least 1"),
    ("channels: [email, web]", "channels: email", "actions.teaser.channels", "expected a list"),
    ("propensity: 0.2,", "propensity: 1.2,", "actions.offer.prior.propensity", "probability"),
    ("moves: {customer: 3}", "moves: {customer: -3}", "actions.offer.prior.moves.customer", "odds"),
    ("purpose: service", "purpose: spam", "actions.care.purpose", "marketing, service"),
    (
        "group: sales",
        "group: sales\n    starts_at: 2026-03-01T00:00:00",
        "actions.offer.starts_at",
        "no zone",
    ),
    ("group: sales", "group: sales\n    starts_at: 2026-03-01", "actions.offer.starts_at", "zone"),
    (
        "{title: Your offer,",
        '{click_url: "javascript:alert(1)", title: Your offer,',
        "actions.offer.content.default.en.click_url",
        "https://",
    ),
    ("code: ADULTS_ONLY", "code: adults", "policies[0].code", "TICKET_OPEN"),
    ("tier: eligibility", "tier: first", "policies[0].tier", "suitability"),
    ("horizon_days: 7", "horizon_days: -1", "objective.horizon_days", '"next"'),
    ("horizon_days: 7", "discount_per_year: 1.1", "objective.discount_per_year", "at most 1"),
    ("horizon_days: 7", "pressure_price: -1", "objective.pressure_price", "at least 0"),
    ("horizon_days: 7", "exploration: {method: guess}", "objective.exploration.method", "inverse_gap"),
    ("horizon_days: 7", "exploration: {floor: 0.9}", "objective.exploration.floor", "0.5"),
    (
        "horizon_days: 7",
        "satisfaction: {fact: csat, weight: -1}",
        "objective.satisfaction.weight",
        "at least 0",
    ),
    (
        "horizon_days: 7",
        "bounds: {shares: {offer: {at_least: 1.5}}}",
        "objective.bounds.shares.offer.at_least",
        "1.5",
    ),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG_SCHEMA)
def test_schema_problem_names_its_place_and_what_to_do(
    problems_of: ProblemsOf, edit: Edit, old: str, new: str, field: str, says: str
) -> None:
    assert_told(problems_of(edit((old, new))), field, says)


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
    assert len(warnings) == 17
    assert [
        word
        for word in sorted(fields | variables | warnings)
        if not re.search(rf"\b{re.escape(word)}\b", page)
    ] == []

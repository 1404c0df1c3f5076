"""Attributes, events, phases and outcomes name what there is."""

from __future__ import annotations

import pytest

from tests.models.journey_file.problems import Edit, ProblemsOf, assert_told

WRONG_EVENTS = [
    # what is changed, into what, field, what the problem says
    (
        "minimum: 0, maximum: 150",
        "minimum: 150, maximum: 0",
        "attributes.age.maximum",
        "at least the minimum",
    ),
    ("type: boolean", "type: boolean, values: [a]", "attributes.vip.values", "only on a category"),
    (
        "after_days: 90, to: stranger",
        "after_days: 90, to: customer",
        "phases.customer.lapse.to",
        "another phase",
    ),
    ("after_days: 90, to: stranger", "after_days: 90, to: gone", "phases.customer.lapse.to", "stranger"),
    ("from: [stranger]", "from: [stranger, stranger]", "phase_rules[1].from[1]", "each name once"),
    ("default: no_response", "default: silence", "outcomes.default", "an outcome"),
    ("default: no_response", "default: clicked", "outcomes.default", "silence is no success"),
    ("{sentiment: positive}", "{sentiment: neutral}", "outcomes.named", "sentiment: positive"),
    ("    complained:", "    visit:", "outcomes.named.visit", "no touchpoint has"),
    ("  visit: Visit", "  contact: Visit", "touchpoints.contact", "our own contacts"),
    ("  visit: Visit", "  visit: {label: Visit, channel: fax}", "touchpoints.visit.channel", "a channel"),
    (
        "  visit: Visit",
        "  visit: {properties: {n: {type: number, values: [a]}}}",
        "touchpoints.visit.properties.n.values",
        "only on a category",
    ),
    (
        "  visit: Visit",
        f"  visit: {{properties: {{n: {{type: category, values: [{'x' * 65}]}}}}}}",
        "touchpoints.visit.properties.n.values[0]",
        "at most 64 characters",
    ),
    ("  visit: Visit", "  visit: {label: V, actions: [call]}", "touchpoints.visit.actions[0]", "an action"),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG_EVENTS)
def test_events_problem_names_its_place_and_what_to_do(
    problems_of: ProblemsOf, edit: Edit, old: str, new: str, field: str, says: str
) -> None:
    assert_told(problems_of(edit((old, new))), field, says)


def test_only_a_declared_consent_can_be_withdrawn(problems_of: ProblemsOf, edit: Edit) -> None:
    (problem,) = problems_of(edit(("withdraws: [email]", "withdraws: [emails]")))
    assert "outcomes.named.complained.withdraws" in problem

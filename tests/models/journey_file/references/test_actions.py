"""Actions, policies and the playbook name what there is."""

from __future__ import annotations

import pytest

from tests.models.journey_file.problems import Edit, ProblemsOf, assert_told

WRONG_ACTIONS = [
    # what is changed, into what, field, what the problem says
    ("  offer:\n    channels", "  nothing:\n    channels", "actions.nothing", "part of every journey"),
    ("channels: [email, web]", "channels: []", "actions.teaser.channels", "at least one channel"),
    ("channels: [email, web]", "channels: [email, fax]", "actions.teaser.channels[1]", "web, email"),
    ("group: awareness", "group: offer", "actions.offer", "levers"),
    ("propensity: 0.2,", "propensity: 0,", "actions.offer.prior.propensity", "nothing is certain"),
    (
        "moves: {customer: 3}",
        "moves: {customers: 3}",
        "actions.offer.prior.moves.customers",
        "did you mean customer?",
    ),
    ("group: sales", "group: sales\n    requires: [offer]", "actions.offer.requires", "own name"),
    (
        "group: sales",
        "group: sales\n    positive_outcomes: [bought]",
        "actions.offer.positive_outcomes[0]",
        "outcome",
    ),
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
    ("actions: [offer]\n", "groups: [sail]\n", "policies[0].groups[0]", "a group"),
    ("stranger: [teaser]", "stranger: [tease]", "playbook.stranger[0]", "did you mean teaser?"),
    ("stranger: [teaser]", "strange: [teaser]", "playbook.strange", "a phase"),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG_ACTIONS)
def test_actions_problem_names_its_place_and_what_to_do(
    problems_of: ProblemsOf, edit: Edit, old: str, new: str, field: str, says: str
) -> None:
    assert_told(problems_of(edit((old, new))), field, says)


def test_requirements_must_not_form_a_ring(problems_of: ProblemsOf, edit: Edit) -> None:
    text = edit(
        ("group: awareness", "group: awareness\n    requires: [offer]"),
        ("group: sales", "group: sales\n    requires: [teaser]"),
    )
    (problem,) = problems_of(text)
    assert "teaser → offer → teaser" in problem

"""The objective names what there is and adds up."""

from __future__ import annotations

import pytest

from tests.models.journey_file.problems import Edit, ProblemsOf, assert_told

WRONG_OBJECTIVE = [
    # what is changed, into what, field, what the problem says
    ("horizon_days: 7", "levers: {premium: 2}", "objective.levers.premium", "an action or group"),
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
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG_OBJECTIVE)
def test_objective_problem_names_its_place_and_what_to_do(
    problems_of: ProblemsOf, edit: Edit, old: str, new: str, field: str, says: str
) -> None:
    assert_told(problems_of(edit((old, new))), field, says)

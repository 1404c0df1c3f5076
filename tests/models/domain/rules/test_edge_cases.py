"""Edge cases lie right at the bounds of a rule, and say what happens where nothing is known."""

from __future__ import annotations

import pytest

from models.domain.rules.edge_cases import ANOTHER, edge_cases


def said(source: str) -> dict[tuple[str, object], bool | None]:
    return {(case.path, case.value): case.holds for case in edge_cases(source)}


def test_both_sides_of_a_bound_are_shown_with_the_rest_as_it_should_be() -> None:
    found = said("customer.attributes.age >= 18.0 && customer.attributes.owner")

    age, owner = "customer.attributes.age", "customer.attributes.owner"
    assert [found[age, value] for value in (17.0, 18.0, 19.0)] == [False, True, True]
    assert (found[owner, False], found[owner, True]) == (False, True)
    assert found[age, None] is None


def test_a_guarded_rule_does_not_fail_where_nothing_is_known() -> None:
    found = said("!has(customer.attributes.age) || customer.attributes.age < 80.0")

    assert found["customer.attributes.age", None] is True
    assert found["customer.attributes.age", 80.0] is False


@pytest.mark.parametrize(
    ("source", "path", "values"),
    [
        ('phase.name == "trigger"', "phase.name", {"trigger": True, ANOTHER: False}),
        (
            'action.channel in ["email", "sms"]',
            "action.channel",
            {"email": True, "sms": True, ANOTHER: False},
        ),
        ("3 > seen.order", "seen.order", {2.0: True, 3.0: False, 4.0: False}),
    ],
)
def test_words_lists_and_turned_comparisons(source: str, path: str, values: dict[object, bool]) -> None:
    found = said(source)

    assert {value: found[path, value] for value in values} == values

"""Edge cases lie right at the bounds of a rule, and say what happens where nothing is known."""

from __future__ import annotations

import pytest

from models.domain.rules.edge_cases import ANOTHER, NEVER, edge_cases
from models.policy.eligibility.accounts import NEVER_DAYS


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


def test_days_since_never_happened_is_a_case_and_not_known_is_none() -> None:
    """The engine says 1,000,000 days of what never happened, so such a rule never fails."""
    found = said("days_since.rejected >= 30.0")

    assert found == {
        ("days_since.rejected", 29.0): False,
        ("days_since.rejected", 30.0): True,
        ("days_since.rejected", 31.0): True,
        ("days_since.rejected", NEVER): True,
    }
    assert NEVER == NEVER_DAYS


def test_days_that_are_compared_with_days_have_bounds_of_each_other() -> None:
    """A ticket that was solved after it was opened: fewer days ago."""
    cases = edge_cases("days_since.solved < days_since.opened")
    solved = {case.value: case.holds for case in cases if case.path == "days_since.solved"}

    assert solved == {9.0: True, 10.0: False, 11.0: False, NEVER: False}
    assert {dict(case.others)["days_since.opened"] for case in cases if case.path == "days_since.solved"} == {
        10.0
    }


@pytest.mark.parametrize(
    ("source", "path", "values"),
    [
        ("days_since.a - days_since.b > 3.0", "days_since.a",
         {12.0: False, 13.0: False, 14.0: True, NEVER: True}),
        ("seen.a + seen.b >= 3", "seen.a", {1: False, 2: True, 3: True}),
        ("double(seen.a) > 2.5", "seen.a", {2: False, 3: True}),
        ("customer.attributes.kwh * 2.0 > 6000.0", "customer.attributes.kwh",
         {2999.0: False, 3000.0: False, 3001.0: True, None: None}),
        ("customer.attributes.share > 0.5", "customer.attributes.share", {0.4: False, 0.5: False, 0.6: True}),
        ("now.weekday in [5, 6]", "now.weekday", {4: False, 5: True, 6: True}),
        ("now.month < 12", "now.month", {11: True, 12: False}),
        ("phase.dwell_days < 1.0", "phase.dwell_days", {0.0: True, 1.0: False, 2.0: False}),
    ],
)  # fmt: skip
def test_bounds_in_sums_counts_and_clocks(source: str, path: str, values: dict[object, bool]) -> None:
    found = said(source)

    assert {value: found[path, value] for value in values} == values


def test_counts_are_whole_known_and_not_below_zero() -> None:
    """CEL does not add whole numbers and fractions, and nobody was seen less than never."""
    cases = edge_cases("seen.quote > 0")

    assert [(case.value, case.holds) for case in cases] == [(0, False), (1, True)]
    assert all(isinstance(case.value, int) for case in cases)


def test_a_value_is_shown_where_it_decides_with_what_it_hangs_on() -> None:
    """Alone the consent decides nothing: only of somebody who unsubscribed."""
    cases = edge_cases("seen.unsubscribed == 0 || (has(customer.consent.email) && customer.consent.email)")
    consent = [case for case in cases if case.path == "customer.consent.email"]

    assert [(case.value, case.holds) for case in consent] == [(False, False), (True, True), (None, False)]
    assert all(dict(case.others) == {"seen.unsubscribed": 1} for case in consent)


def test_what_cannot_be_solved_still_ends() -> None:
    """A square has no single bound, a text no number: no values around one, and no error."""
    assert edge_cases("customer.attributes.a * customer.attributes.a > 100.0")
    assert edge_cases("customer.attributes.a == customer.attributes.b")
    assert edge_cases("size(context.words) > 3")
    assert edge_cases("true") == ()

"""Accounts of a journey file: roles, attributes and rules that fit the rest of it."""

from __future__ import annotations

import pytest

from models.domain.actions import LimitOf
from models.errors import JourneyFileError
from models.journey_file import parse_journey
from tests.account_journey import ACCOUNT_JOURNEY


def test_accounts_are_read() -> None:
    journey = parse_journey(ACCOUNT_JOURNEY.encode(), "accounts.yaml")

    assert journey.accounts is not None
    assert (journey.accounts.roles[0].name, journey.accounts.roles[0].label) == ("user", "Works with it")
    assert [rule.to for rule in journey.accounts.phase_rules] == ["buying", "testing"]
    assert journey.contact_limits[0].per is LimitOf.ACCOUNT
    assert journey.actions[0].roles == ("technical",)


WRONG = [
    ("to: buying", "to: bought", "accounts.phase_rules[0].to", "a phase"),
    ("roles: [technical]", "roles: [boss]", "actions.datasheet.roles[0]", "a role"),
    (
        "{type: number, label: Emp",
        "{type: number, values: [a], label: Emp",
        "attributes.employees.values",
        "on",
    ),
    ("roles_seen.quote_requested", "roles_seen.quote_asked", "accounts.phase_rules[0].when", "quote_asked"),
    ("account.roles_seen.quote_requested >= 2", "phase == 'x'", "accounts.phase_rules[0].when", "phase"),
    ("per: account", "per: household", "contact_limits[0].per", "customer"),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG)
def test_what_does_not_fit_is_named(old: str, new: str, field: str, says: str) -> None:
    assert old in ACCOUNT_JOURNEY
    with pytest.raises(JourneyFileError) as raised:
        parse_journey(ACCOUNT_JOURNEY.replace(old, new, 1).encode(), "accounts.yaml")

    assert field in str(raised.value)
    assert says in str(raised.value)


def test_without_accounts_nothing_can_be_said_of_them() -> None:
    begin, end = ACCOUNT_JOURNEY.index("accounts:"), ACCOUNT_JOURNEY.index("touchpoints:")
    with pytest.raises(JourneyFileError) as raised:
        parse_journey((ACCOUNT_JOURNEY[:begin] + ACCOUNT_JOURNEY[end:]).encode(), "accounts.yaml")

    text = str(raised.value)
    assert "contact_limits[0].per: expected accounts in this file" in text
    assert "policies[0].when" in text

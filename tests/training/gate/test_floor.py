"""The floor under every bundle: nothing simple may surely be better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.bundle import Models
from models.bundle.gate import BINDS_THE_FIRST, GateCheck
from models.domain.objective import Gate
from training.gate.floor import (
    check_balance,
    check_contacts,
    check_floor,
    check_money,
    check_rewards,
    contact_shares,
    surely_better,
)

GOOD = {"value": 1.0, "low": 0.5, "high": 1.5}
POOR = {"value": -1.0, "low": -1.5, "high": -0.5}


def asked(
    now: Mapping[str, Any], ahead: Mapping[str, Any], gate: Gate | None = None, events: float = 80.0
) -> dict[str, GateCheck]:
    policies = {"ours": {"rewarded_events": events}}
    values = {"ours_minus": now, "ours_minus_ahead": ahead, "policies": policies}
    return {check.name: check for check in check_floor(values, "EUR", gate or Gate())}


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ("do nothing", "gain_over_nothing"),
        ("logging policy", "gain_over_log"),
        ("uplift ranking", "rivals"),
        ("always teaser", "rivals"),
    ],
)
def test_what_is_surely_worse_on_both_accounts_is_refused(policy: str, name: str) -> None:
    everything = {"do nothing": GOOD, "logging policy": GOOD, "most popular": GOOD, policy: POOR}
    checks = asked(everything, everything)

    assert {each for each, check in checks.items() if not check.passed} == {name}
    assert name in BINDS_THE_FIRST
    assert "-1.000 EUR" in checks[name].sentence


def test_an_investment_is_no_loss() -> None:
    """It costs now, and the phase that it leads to is worth more."""
    checks = asked({"do nothing": POOR}, {"do nothing": GOOD})

    assert checks["gain_over_nothing"].passed


def test_several_rivals_need_a_wider_interval() -> None:
    """-0.9 to -0.1 is surely below 0 alone; half as wide again it is not."""
    close = {"value": -0.5, "low": -0.9, "high": -0.1}
    surely = {"value": -0.5, "low": -0.7, "high": -0.35}

    assert asked({"most popular": close}, {"most popular": close})["rivals"].passed
    assert not asked({"most popular": surely}, {"most popular": surely})["rivals"].passed


def test_what_the_log_cannot_tell_is_said_and_passes() -> None:
    checks = asked({}, {})

    assert all(check.passed and check.value is None for check in checks.values())
    assert all("cannot tell" in check.sentence for check in checks.values())


def test_a_handful_of_rewards_refuses_nothing() -> None:
    """Below ten rewarded customers no comparison counts; that is said."""
    everything = {"do nothing": POOR, "logging policy": POOR, "most popular": POOR}

    assert all(check.passed for check in asked(everything, everything, events=9.0).values())
    check = check_rewards({"policies": {"ours": {"rewarded_events": 9.0}}})
    assert check.passed
    assert "9 effective rewarded customers" in check.sentence
    assert "no comparison counts" in check.sentence


def test_treatments_that_can_be_predicted_are_refused() -> None:
    found = {"z": 7.0, "limit": 4.5, "treatment": 1, "feature": "attribute.age", "sound": False}
    check = check_balance({"balance": found})

    assert not check.passed
    assert "attribute.age by 7.0 standard errors" in check.sentence
    assert check_balance({"balance": {**found, "sound": True}}).passed
    assert check_balance({"balance": None}).value is None


def test_a_tolerance_of_the_journey_file_counts() -> None:
    checks = asked({"do nothing": POOR}, {"do nothing": POOR}, Gate(gain_tolerance=0.6))

    assert checks["gain_over_nothing"].passed


@pytest.mark.parametrize(
    ("claimed", "passes"),
    [(1.0, True), (1.7, True), (1.9, True), (2.1, False), (0.4, True), (0.2, False), (-1.0, False)],
)
def test_money_may_be_misstated_by_chance_alone(claimed: float, passes: bool) -> None:
    """1.0 with an interval of 0.5 to 1.5: outside 0.25 to 1.75, and more than twice or less than half."""
    check = check_money({"ours_minus_ahead": {"do nothing": GOOD}}, claimed, "EUR")

    assert check.passed is passes
    assert f"{claimed:+.3f} EUR" in check.sentence


def test_the_gate_says_what_came_of_the_largest_stated_gains() -> None:
    groups = [{"decisions": 300, "stated": 2.5, **GOOD}]
    check = check_money({"ours_minus_ahead": {"do nothing": GOOD}, "stated_gains": groups}, 1.0, "EUR")

    assert "Where it states the most, +2.500, they show +1.000 EUR" in check.sentence


def test_without_effects_there_is_no_reason_to_contact(tiny_models: Models) -> None:
    nil = np.zeros_like(tiny_models.transition.effects)
    dropped = replace(tiny_models, transition=replace(tiny_models.transition, effects=nil))

    assert not check_contacts(dropped, contacts=0.8, unpaid=0.9).passed
    assert check_contacts(dropped, contacts=0.8, unpaid=0.1).passed, "responses pay for it"
    assert check_contacts(tiny_models, contacts=0.8, unpaid=0.9).passed, "effects were found"


def test_shares_of_contacts_by_hand() -> None:
    """Three of four contact, and of these one is not paid back by the response."""
    chosen, response = np.array([0, 1, 2, 1]), np.array([0.0, 0.5, -0.1, 0.2])

    assert contact_shares(chosen, response) == (0.75, pytest.approx(1 / 3))
    assert contact_shares(np.zeros(2, dtype=np.int64), np.zeros(2)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("poor", "floor"),
    [
        ({}, None),
        ({"do nothing": POOR}, "do nothing"),
        ({"p × value ranking": POOR}, "p × value ranking"),
        ({"most popular": POOR}, None),
        (
            {"do nothing": POOR, "p × value ranking": {"value": -2.0, "low": -2.5, "high": -1.5}},
            "p × value ranking",
        ),
    ],
)
def test_the_simple_policy_that_is_surely_better_is_published(
    poor: dict[str, Any], floor: str | None
) -> None:
    """The best of them, and only those that a bundle can be."""
    now = {"do nothing": GOOD, "p × value ranking": GOOD, "most popular": GOOD, **poor}
    values = {"ours_minus": now, "ours_minus_ahead": now, "policies": {"ours": {"rewarded_events": 80.0}}}

    assert surely_better(values, Gate()) == floor
    assert surely_better(values, Gate(), ("most popular",)) == (floor or next(iter(poor), None))
    assert surely_better({**values, "policies": {"ours": {"rewarded_events": 9.0}}}, Gate()) is None

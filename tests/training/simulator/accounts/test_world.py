"""Accounts move on by what their phase waits for, said to who can use it, and not by more of it."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulator.accounts.world import (
    BY_INFORMATION,
    BY_ITSELF,
    LAST,
    PHASES,
    ROLES,
    TREATMENTS,
    VALUES,
    allowed,
    begin,
    chance,
    live,
)

NAMES = [each[0] for each in TREATMENTS]


def say(action: str, role: str, n: int) -> np.ndarray:
    treatment = np.zeros((n, len(ROLES)), dtype=np.int64)
    treatment[:, ROLES.index(role)] = NAMES.index(action)
    return treatment


def test_information_is_for_one_role_and_the_newsletter_for_all() -> None:
    may = allowed()

    assert may[:, NAMES.index("architecture")].tolist() == [role == "technical" for role in ROLES]
    assert may[:, NAMES.index("newsletter")].all()


def test_the_second_contact_of_two_weeks_tires() -> None:
    phase, useful = np.array([2, 2, LAST]), np.array([True, True, True])

    moving = chance(phase, useful, np.array([1, 1, 1]), np.array([0, 1, 0]))

    assert moving[0] == pytest.approx(BY_ITSELF + BY_INFORMATION)
    assert moving[1] == pytest.approx(BY_ITSELF + BY_INFORMATION * np.exp(-0.5))
    assert moving[2] == 0.0


def test_what_the_phase_waits_for_moves_ten_times_as_many() -> None:
    rng, n = np.random.default_rng(3), 20_000
    moved = {}
    for action, role in (("architecture", "technical"), ("newsletter", "technical")):
        accounts = begin(n, rng)
        accounts.phase = np.full(n, PHASES.index("evaluation"))
        moved[action] = live(accounts, say(action, role, n), rng).moved.mean()

    assert moved["architecture"] == pytest.approx(0.22, abs=0.01)
    assert moved["newsletter"] == pytest.approx(0.02, abs=0.004)


def test_moves_earn_what_the_phase_is_worth_and_contacts_cost() -> None:
    rng, n = np.random.default_rng(4), 500
    accounts = begin(n, rng)
    accounts.phase = np.full(n, LAST - 1)

    week = live(accounts, say("contract_call", "decider", n), rng)

    assert set(np.round(week.reward).tolist()) == {-40.0, VALUES[LAST] - 40.0}
    assert ((accounts.phase == LAST) == week.moved).all()
    assert (accounts.before == 1).all()

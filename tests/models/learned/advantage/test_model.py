"""Effects in EUR: what the tables add up to, and what is left without evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.learned.advantage.model import Advantage, Effects, Situation


def two_phases(**changes: object) -> Advantage:
    """Doing nothing, a mail that tires and a banner that does not."""
    values = {
        "cost": np.array([0.0, 2.0, 0.5]),
        "later": np.array([[0.0, -0.2, 0.0], [0.0, 0.2, 0.4]]),
        "money": effects(),
    }
    return Advantage(**{**values, **changes})  # type: ignore[arg-type]  # a test's shorthand


def effects() -> Effects:
    return Effects(
        channel=np.array([-1, 0, 1]),
        tires=np.array([False, True, False]),
        by_phase=np.array([[0.0, 1.0, 0.2], [0.0, -1.0, 0.1]]),
        by_attribute=np.array([[0.0], [0.5], [0.0]]),
        by_contact=np.array([1.0, -0.5, -0.25, 0.0, 0.0]),
        by_recent=np.array([0.0, 0.0, 0.3]),
    )


def one_customer() -> Situation:
    return Situation(
        scale=np.array([10.0]),
        belief=np.array([[0.75, 0.25]]),
        attributes=np.array([[2.0]]),
        taste=np.array([[0.2, -0.1]]),
        contact=np.array([[1.0, 2.0, 0.0, 0.0]]),
        recent=np.array([[0.0, 0.0, 1.0]]),
        stake=np.array([2.0]),
    )


def test_a_gain_is_scale_times_parts_minus_cost() -> None:
    """Mail: phase 0.5; 0.5 × 2 by attribute, taste 0.2, pressure -1, later -0.1: 10 × 0.6 - 2.

    Banner: phase 0.175; taste -0.1, sent lately 0.3, later 0.1: 10 × 0.475 - 0.5.
    """
    gain = two_phases().gain(one_customer())

    assert gain[0] == pytest.approx([0.0, 4.0, 4.25])


def test_effects_on_the_odds_of_moving_up_count_by_what_is_at_stake() -> None:
    """The same tables as above, 0.7 and 0.375 without what comes later, at 2 EUR a unit of log-odds."""
    both = two_phases(moves=effects())

    more = both.gain(one_customer()) - two_phases().gain(one_customer())

    assert more[0] == pytest.approx([0.0, 2 * 0.7, 2 * 0.375])


def test_without_evidence_every_contact_costs_and_brings_nothing() -> None:
    """The mail's pressure in the first phase, 0.75 × -0.2 × 10, is on top of its cost."""
    whole = two_phases(moves=effects())
    nil = whole.money.supported(0.0, 0.0)

    gain = replace(whole, later=np.minimum(whole.later, 0.0), money=nil, moves=nil).gain(one_customer())

    assert gain[0] == pytest.approx([0.0, -3.5, -0.5])


def test_parts_are_kept_in_proportion_to_their_own_evidence() -> None:
    whole = two_phases()
    halved = replace(whole, money=whole.money.supported(0.5, 1.0))
    where = one_customer()

    assert halved.effect(where) == pytest.approx(whole.effect(where) - 0.5 * whole.phase_part(where))

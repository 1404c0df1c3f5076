"""A treatment falls at the first barrier that refuses it; doing nothing never falls."""

from __future__ import annotations

import numpy as np

from models.domain.journey import Journey
from models.policy.eligibility.screening import EligibilityFilter, always

NO_LIMITS = np.zeros(0, dtype=np.int64)


def test_the_first_barrier_that_refuses_is_the_reason(tiny_journey: Journey) -> None:
    """Of five: the first barrier takes 1 and 2; the second, which would take 2 and 3, gets 3 alone."""
    eligible = EligibilityFilter(5)
    eligible.refuse(0b00110, "phase", "PHASE", always("not now"))
    eligible.refuse(0b01100, "consent", "CONSENT_MISSING", lambda treatment: f"treatment {treatment}")
    result = eligible.result(NO_LIMITS)

    assert result.candidates.tolist() == [0, 4]
    assert [(r.code, r.treatments) for r in result.refusals] == [
        ("PHASE", 0b00110),
        ("CONSENT_MISSING", 0b01000),
    ]
    assert [(d.action, d.channel, d.detail) for d in result.drop_outs(tiny_journey)] == [
        ("care", "web", "not now"),
        ("offer", "email", "not now"),
        ("teaser", "email", "treatment 3"),
    ]


def test_doing_nothing_cannot_be_refused() -> None:
    eligible = EligibilityFilter(3)
    eligible.refuse(0b111, "asked", "EXCLUDED", always("all"))

    assert eligible.result(NO_LIMITS).candidates.tolist() == [0]


def test_a_barrier_that_catches_nobody_leaves_no_trace() -> None:
    eligible = EligibilityFilter(3)
    eligible.refuse(0b010, "phase", "PHASE", always(""))
    eligible.refuse(0b011, "contact", "LIMIT", always(""))

    assert [r.code for r in eligible.result(NO_LIMITS).refusals] == ["PHASE"]


def test_a_policy_that_fails_twice_is_named_once() -> None:
    eligible = EligibilityFilter(2)
    eligible.failures["AGE"] = None
    eligible.failures["AGE"] = None

    assert eligible.result(NO_LIMITS).failures == ("AGE",)

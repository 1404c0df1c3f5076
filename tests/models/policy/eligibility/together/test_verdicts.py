"""Policies refuse the same, whether their rules are asked together or each by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.actions import Policy, Tier
from models.domain.journey import Journey
from models.errors import RuleError
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.compiled_policies import compile_policies
from models.policy.eligibility.screening import EligibilityFilter
from models.policy.eligibility.together.verdicts import AllPolicyTests

ALL = 0b11111
"""Doing nothing, care on the web, offer by e-mail, teaser by e-mail and on the web."""


def asked_by(journey: Journey, *rules: str) -> AllPolicyTests:
    policies = tuple(
        Policy(code=f"P{number}", tier=Tier.APPLICABILITY, when=rule) for number, rule in enumerate(rules)
    )
    journey = replace(journey, policies=policies)
    return AllPolicyTests(compile_policies(journey, Catalogue.of(journey)))


def test_a_rule_a_case_and_what_the_action_alone_settles(tiny_journey: Journey) -> None:
    asked = asked_by(
        tiny_journey,
        "seen.visit > 0",
        "action.channel == 'web' || seen.visit > 5",
        "action.name != 'care'",
    ).about(ALL)
    verdict = asked.verdict({"seen": {"visit": 3}})
    assert verdict == (True, False)  # nobody asks about treatments on the web
    eligible = EligibilityFilter(5)
    asked.apply(verdict, eligible)
    assert [(r.code, r.treatments) for r in eligible.refusals] == [("P1", 0b01100), ("P2", 0b00010)]
    assert eligible.passing == 0b10001


def test_nothing_is_asked_about_treatments_that_no_policy_concerns(tiny_journey: Journey) -> None:
    assert not asked_by(tiny_journey, "seen.visit > 0").about(0b1).asks
    assert asked_by(tiny_journey, "seen.visit > 0").about(ALL).asks


def test_what_the_action_alone_decides_may_fail_once_for_all(tiny_journey: Journey) -> None:
    asked = asked_by(tiny_journey, "action.value + 1 > 2.0").about(ALL)
    assert not asked.asks
    eligible = EligibilityFilter(5)
    asked.apply((), eligible)
    assert list(eligible.failures) == ["P0"]
    assert eligible.passing == 1


def test_a_rule_that_fails_says_so(tiny_journey: Journey) -> None:
    asked = asked_by(tiny_journey, "seen.visit > 0", "customer.attributes.age > 3.0").about(ALL)
    with pytest.raises(RuleError, match="has"):
        asked.verdict({"seen": {"visit": 3}, "customer": {"attributes": {}}})

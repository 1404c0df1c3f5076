"""What policies say of many customers.

Rules are asked for each customer, all that concern somebody in one call; what follows from their answers is
worked out once for all customers who got the same. Knows policies; knows nothing of what rules read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from models.domain.rules.rules import Rule, RuleContext, RulesEach
from models.policy.eligibility.compiled_policies import CompiledPolicy
from models.policy.eligibility.screening import SEEN_AGAIN, EligibilityFilter

_TOGETHER: Final = 8
"""Rules in one call: where one of them fails, each of these is asked by itself."""

Verdict = tuple[bool, ...]
"""Of each test whether it holds."""

Rules = tuple[Rule, ...]


class AllPolicyTests:
    """The tests of all policies.

    Rules that are asked together are compiled once.
    """

    def __init__(self, policies: Sequence[CompiledPolicy]) -> None:
        self._policies = policies
        self._together: dict[tuple[int, ...], RulesEach] = {}

    def about(self, passing: int) -> PolicyTests:
        """Those that concern some treatments, as bits."""
        concerned = [policy for policy in self._policies if policy.scope & passing]
        return PolicyTests(concerned, passing, self._compiled)

    def _compiled(self, rules: Rules) -> RulesEach:
        key = tuple(map(id, rules))  # of policies that live as long as this
        if key not in self._together:
            self._together[key] = RulesEach(rules)
        return self._together[key]


class PolicyTests:
    """The rules to ask about some treatments.

    Args:
        policies: those that concern them, in their order.
        passing: the treatments, as bits.
        together: rules of policies that read nothing of the action, in one call.
    """

    __slots__ = ("_cases", "_plain", "_policies", "_together")

    def __init__(
        self, policies: Sequence[CompiledPolicy], passing: int, together: Callable[[Rules], RulesEach]
    ) -> None:
        plain = [policy for policy in policies if policy.cases is None]
        self._policies = policies
        self._together = [
            together(tuple(policy.rule for policy in plain[first : first + _TOGETHER]))
            for first in range(0, len(plain), _TOGETHER)
        ]
        self._plain = {id(policy): position for position, policy in enumerate(plain)}
        self._cases = [
            (policy, treatments, action)
            for policy in policies
            for treatments, action in policy.cases or ()
            if treatments & passing
        ]

    @property
    def asks(self) -> bool:
        """Whether there is a rule that reads anything of the customer."""
        return bool(self._together or self._cases)

    def verdict(self, variables: Mapping[str, Any]) -> Verdict:
        """What the rules say with these variables.

        Raises:
            RuleError: one of them failed.
        """
        told: Verdict = ()
        for rules in self._together:
            told += rules.hold(variables)
        if self._cases:
            context = RuleContext(variables)
            for policy, _, action in self._cases:
                context.set("action", action)
                told += (policy.rule.holds(context),)
        return told

    def apply(self, verdict: Verdict, eligible: EligibilityFilter) -> None:
        """Put every treatment that still passes through the policies."""
        refused: dict[int, int] = {}
        for (policy, treatments, _), holds in zip(self._cases, verdict[len(self._plain) :], strict=True):
            if not holds:
                refused[id(policy)] = refused.get(id(policy), 0) | treatments
        for policy in self._policies:
            position = self._plain.get(id(policy))
            if position is not None:
                blocked = 0 if verdict[position] else policy.scope
            else:
                blocked = policy.settled.refused | refused.get(id(policy), 0)
            concerned = policy.scope & eligible.passing
            if any(failed & concerned for failed, _ in policy.settled.failures):
                eligible.failures[policy.policy.code] = None
            eligible.refuse(blocked & concerned, policy.policy.tier.value, policy.policy.code, SEEN_AGAIN)

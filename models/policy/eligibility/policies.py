"""Policies are rules in three tiers.

Knows what a refusal by a rule says; knows nothing of consent, limits or the past. What a rule sees of a
treatment: ``compiled_policies.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.rules.rules import RuleContext, RulesTogether
from models.learned.features.situations import Situations
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.compiled_policies import CompiledPolicy, Verdict, compile_policies
from models.policy.eligibility.contact_record import ActionRecord
from models.policy.eligibility.rule_facts import RuleVariables, action_facts, values_read
from models.policy.eligibility.screening import EligibilityFilter
from models.policy.eligibility.treatment_sets import union

_TOGETHER: Final = 8
"""Rules asked in one call; where one of them does not hold, each is asked again."""


class Policies:
    """All policies of a journey, compiled once.

    Attributes:
        compiled: in the order that they are asked in.
        variables: what their rules read.
    """

    __slots__ = ("_action_facts", "_groups", "compiled", "variables")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self.compiled = compile_policies(journey, catalogue)
        self._groups = tuple(_Group.of(alike) for alike in _in_groups(self.compiled))
        paths = frozenset().union(*(c.rule.paths for c in self.compiled))
        self.variables = RuleVariables(journey, paths)
        self._action_facts = tuple(action_facts(journey, t) for t in journey.treatments)

    def ask(
        self,
        eligible: EligibilityFilter,
        request: DecisionRequest,
        situations: Situations,
        record: ActionRecord,
    ) -> None:
        """Put every treatment that still passes through the policies about it, in tier order.

        Facts are gathered only if there is such a policy.
        """
        context: RuleContext | None = None
        for group in self._groups:
            if not group.scope & eligible.passing:
                continue
            if context is None:
                context = RuleContext(self.variables.variables(situations, request, record))
            if group.together is None or not group.together.surely_hold(context):
                self._ask_each(eligible, group, context)

    def _ask_each(self, eligible: EligibilityFilter, group: _Group, context: RuleContext) -> None:
        for compiled in group.policies:
            concerned = compiled.scope & eligible.passing
            if not concerned or (compiled.cases is None and compiled.rule.surely_holds(context)):
                continue
            verdict = compiled.judge(context, concerned)
            if verdict.refused:
                self._refuse(eligible, compiled, verdict, context)

    def _refuse(
        self,
        eligible: EligibilityFilter,
        compiled: CompiledPolicy,
        verdict: Verdict,
        context: RuleContext,
    ) -> None:
        policy, rule = compiled.policy, compiled.rule
        if verdict.failures:
            eligible.failures[policy.code] = None

        def detail(treatment: int) -> str:
            seen = {**context.variables, "action": self._action_facts[treatment]}
            failure = "".join(f"; {error}" for failed, error in verdict.failures if failed >> treatment & 1)
            return f"{policy.message or policy.when}: {values_read(rule.paths, seen)}{failure}"

        eligible.refuse(verdict.refused, policy.tier.value, policy.code, detail)


class _Group(NamedTuple):
    """Policies that follow each other and read nothing of the action, or one that does.

    ``scope``: treatments, as bits, that any of them is about; ``together``: their rules in one call.
    """

    scope: int
    together: RulesTogether | None
    policies: tuple[CompiledPolicy, ...]

    @classmethod
    def of(cls, policies: tuple[CompiledPolicy, ...]) -> _Group:
        together = RulesTogether([each.rule for each in policies]) if len(policies) > 1 else None
        return cls(union(each.scope for each in policies), together, policies)


def _in_groups(policies: Sequence[CompiledPolicy]) -> Iterator[tuple[CompiledPolicy, ...]]:
    group: list[CompiledPolicy] = []
    for policy in policies:
        if group and (policy.cases is not None or len(group) == _TOGETHER):
            yield tuple(group)
            group = []
        if policy.cases is None:
            group.append(policy)
        else:
            yield (policy,)
    if group:
        yield tuple(group)

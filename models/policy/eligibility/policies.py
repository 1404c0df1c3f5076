"""Policies are rules in three tiers.

Knows what a refusal by a rule says; knows nothing of consent, limits or the past. What a rule sees of a
treatment: ``compiled_policies.py``.
"""

from __future__ import annotations

from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.rules.rules import RuleContext
from models.learned.features.situations import Situations
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.compiled_policies import CompiledPolicy, Verdict, compile_policies
from models.policy.eligibility.contact_record import ActionRecord
from models.policy.eligibility.rule_facts import RuleVariables, action_facts, values_read
from models.policy.eligibility.screening import EligibilityFilter


class Policies:
    """All policies of a journey, compiled once."""

    __slots__ = ("_action_facts", "_asked", "_variables")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        policies = compile_policies(journey, catalogue)
        self._asked = tuple((c.scope, c.rule if c.cases is None else None, c) for c in policies)
        self._variables = RuleVariables(journey, frozenset().union(*(c.rule.paths for c in policies)))
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
        for scope, rule, compiled in self._asked:
            concerned = scope & eligible.passing
            if not concerned:
                continue
            if context is None:
                variables = self._variables.variables(situations, request, record)
                context = RuleContext(variables)
            if rule is not None and rule.surely_holds(context):
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

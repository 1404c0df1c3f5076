"""Policies are rules in three tiers.

Knows rules, their scope and their tiers; knows nothing of consent, limits or the past. A rule that does
not name ``action`` is asked once for all the treatments it concerns, the others once a treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.domain.actions import Policy, Tier
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.rules.rules import Rule, RuleContext
from models.errors import RuleError
from models.learned.features.situations import Situations
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact_record import ActionRecord
from models.policy.eligibility.rule_facts import RuleVariables, action_facts, values_read
from models.policy.eligibility.screening import EligibilityFilter
from models.policy.eligibility.treatment_sets import members, treatment_set


@dataclass(frozen=True, slots=True)
class _CompiledPolicy:
    """A policy with its rule compiled and the treatments, as bits, that it is about."""

    policy: Policy
    rule: Rule
    scope: int


class Policies:
    """All policies of a journey, compiled once."""

    __slots__ = ("_action_facts", "_compiled", "_variables")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self._compiled = _compile(journey, catalogue)
        self._variables = RuleVariables(journey, frozenset().union(*(c.rule.paths for c in self._compiled)))
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
        variables: dict[str, Any] = {}
        context: RuleContext | None = None
        for compiled in self._compiled:
            concerned = compiled.scope & eligible.passing
            if not concerned:
                continue
            if context is None:
                variables = self._variables.variables(situations, request.customer, request.context, record)
                context = RuleContext(variables)
            if "action" in compiled.rule.names:
                self._ask_each(eligible, compiled, context, concerned, variables)
            else:
                _ask(eligible, compiled, context, concerned, variables)

    def _ask_each(
        self,
        eligible: EligibilityFilter,
        compiled: _CompiledPolicy,
        context: RuleContext,
        concerned: int,
        variables: dict[str, Any],
    ) -> None:
        for treatment in members(concerned):
            action = self._action_facts[treatment]
            context.set("action", action)
            _ask(eligible, compiled, context, 1 << treatment, variables, action)


def _ask(
    eligible: EligibilityFilter,
    compiled: _CompiledPolicy,
    context: RuleContext,
    concerned: int,
    variables: dict[str, Any],
    action: Mapping[str, Any] | None = None,
) -> None:
    """Refuse the concerned treatments unless the policy's rule holds.

    A rule that fails does not hold.
    """
    policy = compiled.policy
    failure = ""
    try:
        if compiled.rule.holds(context):
            return
    except RuleError as error:
        failure = f"; {error}"
        eligible.failures[policy.code] = None

    def detail(_: int) -> str:
        seen = variables if action is None else {**variables, "action": action}
        return f"{policy.message or policy.when}: {values_read(compiled.rule.paths, seen)}{failure}"

    eligible.refuse(concerned, policy.tier.value, policy.code, detail)


def _compile(journey: Journey, catalogue: Catalogue) -> tuple[_CompiledPolicy, ...]:
    """In tier order and, within a tier, in the order of the file."""
    tiers = list(Tier)
    return tuple(
        _CompiledPolicy(
            policy=policy,
            rule=Rule.compile(policy.when),
            scope=treatment_set(
                catalogue.where(
                    actions=policy.actions,
                    groups=policy.groups,
                    purposes=policy.purposes,
                    channels=policy.channels,
                )
            ),
        )
        for policy in sorted(journey.policies, key=lambda policy: tiers.index(policy.tier))
    )

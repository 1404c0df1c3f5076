"""Policies compiled for a catalogue of treatments.

A rule that names ``action`` says the same of all treatments that are alike in what it reads of them. What the
action alone decides is settled here, once; the rest is asked once for each distinct value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.domain.actions import Policy, Tier
from models.domain.journey import Journey
from models.domain.rules.rule_folding import UNKNOWN, fold
from models.domain.rules.rules import Rule, RuleContext
from models.errors import RuleError
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.rule_facts import action_facts
from models.policy.eligibility.treatment_sets import to_mask, treatment_set


@dataclass(frozen=True, slots=True)
class Verdict:
    """Treatments, as bits, for which a rule does not hold.

    ``failures``: treatments for which it failed, with the error.
    """

    refused: int
    failures: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy with its rule compiled.

    Attributes:
        scope: the treatments, as bits, that it is about.
        settled: what holds for every customer.
        open: treatments that the customer decides about.
        cases: those by what the rule sees of the action; None: it sees nothing of it.
    """

    policy: Policy
    rule: Rule
    scope: int
    settled: Verdict
    open: int
    cases: tuple[tuple[int, Mapping[str, Any]], ...] | None

    def judge(self, context: RuleContext, concerned: int) -> Verdict:
        """What the rule says of the ``concerned`` treatments; ``context``: all but the action."""
        if self.cases is None:
            return _ask(self.rule, context, concerned)
        refused = self.settled.refused & concerned
        failures = [failure for failure in self.settled.failures if failure[0] & concerned]
        if not self.open & concerned:
            return Verdict(refused, tuple(failures)) if refused else NOBODY
        for treatments, action in self.cases:
            if alike := treatments & concerned:
                context.set("action", action)
                verdict = _ask(self.rule, context, alike)
                refused |= verdict.refused
                failures += verdict.failures
        return Verdict(refused, tuple(failures))


NOBODY = Verdict(0)


def compile_policies(journey: Journey, catalogue: Catalogue) -> tuple[CompiledPolicy, ...]:
    """In tier order and, within a tier, in the order of the file."""
    tiers = list(Tier)
    facts = [action_facts(journey, treatment) for treatment in journey.treatments]
    return tuple(
        _compile(policy, catalogue, facts)
        for policy in sorted(journey.policies, key=lambda policy: tiers.index(policy.tier))
    )


def _compile(policy: Policy, catalogue: Catalogue, facts: list[dict[str, Any]]) -> CompiledPolicy:
    rule = Rule.compile(policy.when)
    scope = treatment_set(
        catalogue.where(
            actions=policy.actions,
            groups=policy.groups,
            purposes=policy.purposes,
            channels=policy.channels,
        )
    )
    settled, cases = NOBODY, None
    if "action" in rule.names:
        settled, cases = _by_action(rule, scope, facts)
    elif not rule.names:
        settled, cases = _ask(rule, RuleContext({}), scope), ()
    left = scope if cases is None else sum(treatments for treatments, _ in cases)
    return CompiledPolicy(policy, rule, scope, settled, left, cases)


def _by_action(
    rule: Rule, scope: int, facts: list[dict[str, Any]]
) -> tuple[Verdict, tuple[tuple[int, Mapping[str, Any]], ...]]:
    """What the action alone decides, and the cases that are left."""
    refused, left = 0, []
    failures: list[tuple[int, str]] = []
    for treatments, action in _alike(rule.paths, scope, facts):
        if rule.names == {"action"}:
            verdict = _ask(rule, RuleContext({"action": action}), treatments)
            refused |= verdict.refused
            failures += verdict.failures
            continue
        known = {f"action.{name}": value for name, value in action.items()}
        holds = UNKNOWN if "\\" in rule.source else fold(rule.syntax, known)  # escapes: for the engine alone
        if holds is False:
            refused |= treatments
        elif holds is not True:
            left.append((treatments, action))
    return Verdict(refused, tuple(failures)), tuple(left)


def _alike(
    paths: Iterable[str], scope: int, facts: list[dict[str, Any]]
) -> Iterable[tuple[int, dict[str, Any]]]:
    """The treatments of ``scope`` in groups that a rule with these paths cannot tell apart."""
    read = {path.split(".")[1] if "." in path else "" for path in paths if path.split(".")[0] == "action"}
    groups: dict[tuple[Any, ...], tuple[list[int], dict[str, Any]]] = {}
    for treatment in to_mask(scope, len(facts)).nonzero()[0].tolist():
        action = facts[treatment]
        seen = tuple(action.values() if "" in read else (action.get(name) for name in sorted(read)))
        groups.setdefault(seen, ([], action))[0].append(treatment)
    return [(_set_of(alike, len(facts)), action) for alike, action in groups.values()]


def _set_of(treatments: list[int], size: int) -> int:
    mask = np.zeros(size, dtype=np.bool_)
    mask[treatments] = True
    return treatment_set(mask)


def _ask(rule: Rule, context: RuleContext, treatments: int) -> Verdict:
    """A rule that fails does not hold."""
    try:
        return NOBODY if rule.holds(context) else Verdict(treatments)
    except RuleError as error:
        return Verdict(treatments, ((treatments, str(error)),))

"""Rules of the file.

Each must compile, know its names and fit its types, before any customer is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.domain.journey import AttributeType, Journey
from models.domain.rules.context_types import context_types
from models.domain.rules.rule_checker import check_rule
from models.domain.rules.rule_syntax import parse_rule
from models.domain.rules.rule_types import (
    Sort,
    Type,
    Typed,
    Vocabulary,
    account_phase_context,
    phase_rule_context,
    policy_context,
    sample,
)
from models.domain.rules.rule_verdict import Verdict
from models.domain.rules.rules import Rule, RuleContext
from models.errors import RuleError
from models.journey_file.problems import Path, Problems
from models.journey_file.references.names import declared_names, entries, section, typed_events

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule that compiles, and what its names and types say."""

    path: Path
    rule: Rule
    verdict: Verdict


def check_rules(values: Values, problems: Problems) -> None:
    """Add a problem for each rule that does not compile or cannot be meant as it stands."""
    for checked in checked_rules(values, problems):
        for text in checked.verdict.problems:
            problems.add(checked.path, text)


def checked_rules(values: Values, problems: Problems) -> Iterator[CheckedRule]:
    """Every rule that compiles; those that do not are added to ``problems``."""
    names = vocabulary(values)
    sections: tuple[tuple[Path, list[Any], Mapping[str, Type]], ...] = (
        (("phase_rules",), entries(values, "phase_rules"), phase_rule_context(names)),
        (
            ("accounts", "phase_rules"),
            entries(section(values, "accounts"), "phase_rules"),
            account_phase_context(names),
        ),
        (("policies",), entries(values, "policies"), policy_context(names)),
    )
    for where, rules, context in sections:
        prepared = _samples(context)
        for index, entry in enumerate(rules):
            if not isinstance(entry.get("when"), str):
                continue
            path: Path = (*where, index, "when")
            try:
                rule = Rule.compile(entry["when"])
            except RuleError as error:
                problems.add(path, f"expected a rule in CEL, got an error: {error}; correct it there")
                continue
            yield CheckedRule(path, rule, _judge(rule, context, prepared))


def policy_rule_problems(journey: Journey, when: str) -> list[str]:
    """What is wrong with one more policy's rule, judged as the rules of the file were; empty: nothing."""
    try:
        rule = Rule.compile(when)
    except RuleError as error:
        return [f"expected a rule in CEL, got an error: {error}; correct it there"]
    context = policy_context(_vocabulary_of(journey))
    return _judge(rule, context, _samples(context)).problems


def context_sorts(journey: Journey) -> dict[str, Sort]:
    """The types that the policies of a journey give to values of the request context."""
    rules = [parse_rule(policy.when) for policy in journey.policies]
    return context_types(rules, policy_context(_vocabulary_of(journey)))


def _samples(context: Mapping[str, Type]) -> RuleContext:
    return RuleContext({name: sample(kind) for name, kind in context.items()})


def _judge(rule: Rule, context: Mapping[str, Type], prepared: RuleContext) -> Verdict:
    """Types first; a rule that passes is also run once on samples, which has the engine's last word."""
    verdict = check_rule(rule.syntax, context)
    if not verdict.problems and not _reads_what_is_unknown(rule):
        try:
            rule.holds(prepared)
        except RuleError as error:
            verdict.problems.append(f"expected a rule that runs, got an error: {error}; correct it")
    return verdict


def _reads_what_is_unknown(rule: Rule) -> bool:
    """Whether samples cannot stand for all that the rule reads (request context, properties)."""
    open_records = ("context", "interaction.properties")
    return any(path == name or path.startswith(f"{name}.") for path in rule.paths for name in open_records)


def vocabulary(values: Values) -> Vocabulary:
    """The names that rules of this file may use."""
    names = declared_names(values)
    return Vocabulary(
        phases=frozenset(names.phases),
        channels=frozenset(names.channels),
        actions=frozenset(names.actions),
        groups=frozenset(names.groups),
        outcomes=frozenset(names.outcomes),
        touchpoints=frozenset(names.touchpoints),
        consents=frozenset(names.consents),
        attributes=_typed(section(values, "attributes")),
        properties={
            str(where[-1]): _typed(properties) for where, properties in typed_events(values) if properties
        },
        roles=frozenset(names.roles) if "accounts" in values else None,
        account_attributes=_typed(section(section(values, "accounts"), "attributes")),
    )


def _typed(declared: Values) -> dict[str, Typed]:
    return {
        name: (attribute.get("type", AttributeType.TEXT), _words(attribute))
        for name, attribute in declared.items()
    }


def _vocabulary_of(journey: Journey) -> Vocabulary:
    """The same of a journey that was read already."""
    accounts = journey.accounts
    return Vocabulary(
        phases=frozenset(journey.phase_index),
        channels=frozenset(journey.channel_index),
        actions=frozenset(journey.action_index),
        groups=frozenset(action.group for action in journey.actions if action.group is not None),
        outcomes=frozenset(journey.outcome_index),
        touchpoints=frozenset(touchpoint.name for touchpoint in journey.touchpoints),
        consents=frozenset(journey.consents),
        attributes={a.name: (a.type, frozenset(a.values)) for a in journey.attributes},
        properties={
            event: {name: (p.type, frozenset(p.values)) for name, p in properties.items()}
            for event, properties in journey.event_properties.items()
        },
        roles=None if accounts is None else frozenset(role.name for role in accounts.roles),
        account_attributes={}
        if accounts is None
        else {a.name: (a.type, frozenset(a.values)) for a in accounts.attributes},
    )


def _words(attribute: Values) -> frozenset[str]:
    return frozenset(word for word in attribute.get("values") or () if isinstance(word, str))

"""What a rule may read, and of which type it is.

Knows the names of one journey; knows nothing of syntax or values. The same tables are in
docs/reference/journey-file.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.domain.actions import Purpose
from models.domain.feedback import MEAN_DAYS, window_name
from models.domain.journey import SCORE, AttributeType


class Sort(StrEnum):
    """The sorts of plain values.

    CEL compares whole numbers with fractions but does not add them.
    """

    BOOLEAN = "true or false"
    WHOLE = "a whole number"
    FRACTION = "a fraction"
    TEXT = "a text"
    NULL = "null"
    ANYTHING = "anything"  # request context and properties: known only when the rule runs


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain value.

    ``words``: the only texts it can be, ``what`` they are; ``nullable``: may be null.
    """

    sort: Sort
    words: frozenset[str] | None = None
    what: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of values of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class Record:
    """A value with members.

    ``what``: what a member is called in messages; ``where``: the section that declares them.
    ``optional``: a member may be missing for some customers; ``lacking``: these may; ``open``: members
    nobody declares are fine.
    """

    members: Mapping[str, Type]
    what: str = "a field"
    where: str = ""
    optional: bool = False
    open: bool = False
    lacking: frozenset[str] = frozenset()

    def may_lack(self, name: str) -> bool:
        """Whether a member may be missing when a rule runs."""
        return self.optional or name in self.lacking


Type = Plain | ListType | Record

ANYTHING = Plain(Sort.ANYTHING)
BOOLEAN = Plain(Sort.BOOLEAN)
WHOLE = Plain(Sort.WHOLE)
FRACTION = Plain(Sort.FRACTION)
TEXT = Plain(Sort.TEXT)
NULL = Plain(Sort.NULL)


Typed = tuple[AttributeType, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names of one journey that rules may use.

    ``attributes``: name → (type, stated values). ``properties``: event → the same of what it tells.
    ``roles``: of people in accounts; None: no accounts. ``account_attributes``: as ``attributes``.
    """

    phases: frozenset[str]
    channels: frozenset[str]
    actions: frozenset[str]
    groups: frozenset[str]
    outcomes: frozenset[str]
    touchpoints: frozenset[str]
    consents: frozenset[str]
    attributes: Mapping[str, Typed] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, Typed]] = field(default_factory=dict)
    roles: frozenset[str] | None = None
    account_attributes: Mapping[str, Typed] = field(default_factory=dict)

    def alone(self, event: str) -> bool:
        """Whether the event's only property is its score, so that its name says it."""
        return list(self.properties[event]) == [SCORE]


def policy_context(names: Vocabulary) -> Mapping[str, Type]:
    """What the rule of a policy reads."""
    seen = names.touchpoints | names.outcomes
    where = "touchpoints"
    customer: dict[str, Type] = {
        "id": TEXT,
        "attributes": Record(_attributes(names.attributes), "an attribute", "attributes", optional=True),
        "consent": Record(_each(names.consents, BOOLEAN), "a consent", "consents", optional=True),
        "locale": TEXT,
        "time_zone": TEXT,
    }
    accounts: dict[str, Type] = {}
    if names.roles is not None:
        customer["role"] = _word({*names.roles, ""}, "a role")
        accounts = {"account": _account(names, names.roles)}
    return {
        "customer": Record(customer),
        **accounts,
        "phase": Record(
            {
                "name": _word(names.phases, "a phase"),
                "dwell_days": FRACTION,
                "furthest": _word(names.phases, "a phase"),
                "reached": Record(_each(names.phases, BOOLEAN), "a phase", "phases"),
            }
        ),
        "context": Record({"locale": TEXT, "device": TEXT}, optional=True, open=True),
        "now": Record({"hour": WHOLE, "weekday": WHOLE, "month": WHOLE}),
        "seen": Record(_each(seen, WHOLE), "a touchpoint or outcome", where),
        "days_since": Record(_each(seen, FRACTION), "a touchpoint or outcome", where),
        **_feedback(names),
        "contacts": Record(_each(names.actions, WHOLE), "an action", "actions"),
        "action": Record(
            {
                "name": _word(names.actions, "an action"),
                "group": _word({*names.groups, ""}, "a group"),
                "purpose": _word([purpose.value for purpose in Purpose], "a purpose"),
                "channel": _word(names.channels, "a channel"),
                "value": FRACTION,
            }
        ),
    }


def account_phase_context(names: Vocabulary) -> Mapping[str, Type]:
    """What a phase rule of accounts reads: the account as policies see it, but for its phase."""
    account = _account(names, names.roles or frozenset())
    return {"account": Record({name: kind for name, kind in account.members.items() if name != "phase"})}


def _account(names: Vocabulary, roles: frozenset[str]) -> Record:
    """What is known of the customer's account; of nobody's account all numbers are 0."""
    seen = names.touchpoints | names.outcomes
    what, where = "a touchpoint or outcome", "touchpoints"
    counts = Record(_each(seen, WHOLE), what, where)
    attributes = _attributes(names.account_attributes)
    return Record(
        {
            "id": TEXT,
            "phase": _word({*names.phases, ""}, "a phase"),
            "attributes": Record(attributes, "an attribute", "accounts.attributes", optional=True),
            "people": WHOLE,
            "roles": Record(_each(roles, WHOLE), "a role", "accounts.roles"),
            "seen": counts,
            "people_seen": counts,
            "roles_seen": counts,
            "seen_by": Record(_each(roles, counts), "a role", "accounts.roles"),
            "days_since": Record(_each(seen, FRACTION), what, where),
            "contacts": Record(_each(names.actions, WHOLE), "an action", "actions"),
        }
    )


def phase_rule_context(names: Vocabulary) -> Mapping[str, Type]:
    """What a phase rule reads."""
    kinds = ["touchpoint", "contact", "outcome"]
    seen = names.touchpoints | names.outcomes | {"contact"}
    return {
        "interaction": Record(
            {
                "channel": _word(names.channels, "a channel", nullable=True),
                "touchpoint": _word(seen, "a touchpoint or outcome"),
                "action": _word(names.actions, "an action", nullable=True),
                "kind": _word(kinds, "a kind"),
                "value": FRACTION,
                "properties": Record(_told(names), optional=True, open=True),
            }
        ),
        "phase": _word(names.phases, "a phase"),
    }


def _attributes(attributes: Mapping[str, Typed]) -> dict[str, Type]:
    return {name: _typed(name, typed) for name, typed in attributes.items()}


def _typed(name: str, typed: Typed) -> Type:
    kind, values = typed
    if kind is AttributeType.CATEGORY:
        return Plain(Sort.TEXT, words=values or None, what=f"a value of {name}")
    return {AttributeType.NUMBER: FRACTION, AttributeType.BOOLEAN: BOOLEAN}.get(kind, TEXT)


def _feedback(names: Vocabulary) -> dict[str, Type]:
    """``last`` and ``mean`` of what events tell by typed properties."""
    last: dict[str, Type] = {}
    average: dict[str, Type] = {}
    windows = Record(_each(map(window_name, MEAN_DAYS), FRACTION), "a window", optional=True)
    for event, properties in names.properties.items():
        members = {name: _typed(name, typed) for name, typed in properties.items()}
        numbers = [name for name, (kind, _) in properties.items() if kind is AttributeType.NUMBER]
        alone = names.alone(event)
        last[event] = members[SCORE] if alone else Record(members, "a property", optional=True)
        if numbers:
            average[event] = windows if alone else Record(dict.fromkeys(numbers, windows), "a number")
    what, where = "an event with typed properties", "properties of a touchpoint or an outcome"
    return {
        "last": Record(last, what, where, lacking=frozenset(filter(names.alone, last))),
        "mean": Record(average, what, where),
    }


def _told(names: Vocabulary) -> dict[str, Type]:
    """Typed properties of events, where all events of that property agree on its type."""
    found: dict[str, set[Typed]] = {}
    for properties in names.properties.values():
        for name, typed in properties.items():
            found.setdefault(name, set()).add(typed)
    return {name: _typed(name, *types) for name, types in found.items() if len(types) == 1}


def _each(names: Iterable[str], kind: Type) -> dict[str, Type]:
    return dict.fromkeys(sorted(names), kind)


def _word(words: Iterable[str], what: str, *, nullable: bool = False) -> Plain:
    return Plain(Sort.TEXT, words=frozenset(words), what=what, nullable=nullable)


def sample(kind: Type) -> Any:
    """A value of the type, to run a rule on."""
    if isinstance(kind, ListType):
        return [sample(kind.item)]
    if isinstance(kind, Record):
        return {name: sample(member) for name, member in kind.members.items()}
    if kind.words:
        return min(kind.words)
    values = {Sort.BOOLEAN: True, Sort.WHOLE: 1, Sort.FRACTION: 1.5, Sort.TEXT: "text"}
    return values.get(kind.sort)

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
from models.domain.journey import AttributeType


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
    ``optional``: a member may be missing for some customers; ``open``: members nobody declares are fine.
    """

    members: Mapping[str, Type]
    what: str = "a field"
    where: str = ""
    optional: bool = False
    open: bool = False


Type = Plain | ListType | Record

ANYTHING = Plain(Sort.ANYTHING)
BOOLEAN = Plain(Sort.BOOLEAN)
WHOLE = Plain(Sort.WHOLE)
FRACTION = Plain(Sort.FRACTION)
TEXT = Plain(Sort.TEXT)
NULL = Plain(Sort.NULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names of one journey that rules may use.

    ``attributes``: name → (type, stated values).
    """

    phases: frozenset[str]
    channels: frozenset[str]
    actions: frozenset[str]
    groups: frozenset[str]
    outcomes: frozenset[str]
    touchpoints: frozenset[str]
    consents: frozenset[str]
    attributes: Mapping[str, tuple[AttributeType, frozenset[str]]] = field(default_factory=dict)


def policy_context(names: Vocabulary) -> Mapping[str, Type]:
    """What the rule of a policy reads."""
    seen = names.touchpoints | names.outcomes
    where = "touchpoints"
    return {
        "customer": Record(
            {
                "id": TEXT,
                "attributes": Record(_attributes(names), "an attribute", "attributes", optional=True),
                "consent": Record(_each(names.consents, BOOLEAN), "a consent", "consents", optional=True),
                "locale": TEXT,
                "time_zone": TEXT,
            }
        ),
        "phase": Record({"name": _word(names.phases, "a phase"), "dwell_days": FRACTION}),
        "context": Record({"locale": TEXT, "device": TEXT}, optional=True, open=True),
        "now": Record({"hour": WHOLE, "weekday": WHOLE, "month": WHOLE}),
        "seen": Record(_each(seen, WHOLE), "a touchpoint or outcome", where),
        "days_since": Record(_each(seen, FRACTION), "a touchpoint or outcome", where),
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
                "properties": Record({}, optional=True, open=True),
            }
        ),
        "phase": _word(names.phases, "a phase"),
    }


def _attributes(names: Vocabulary) -> dict[str, Type]:
    types: dict[str, Type] = {}
    for name, (kind, values) in names.attributes.items():
        if kind is AttributeType.CATEGORY:
            types[name] = Plain(Sort.TEXT, words=values or None, what=f"a value of {name}")
        else:
            plain = {AttributeType.NUMBER: FRACTION, AttributeType.BOOLEAN: BOOLEAN}
            types[name] = plain.get(kind, TEXT)
    return types


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

"""Who customers are: what is known of them, in columns.

And groups that a condition describes, of customers as they are now, whatever the period that is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Mask, Records
from models.domain.journey import AttributeType, Journey
from models.domain.rules.rules import Rule, RuleContext
from models.errors import RuleError
from models.journey_file.rules import policy_rule_problems
from models.measures.customers import rows_of
from models.measures.log.records import Names
from models.measures.log.traits import ATTRIBUTE, CONSENT, LOCALE, TIME_ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is known of customers.

    Attributes:
        customers: shape (n,). Those of whom something is known, ascending.
        columns: field → shape (n,); NaN: not known. Texts are codes of names.
        texts: fields whose values are texts; ``flags``: that are yes or no.
    """

    customers: NDArray[np.uint64]
    columns: Mapping[str, Floats]
    texts: frozenset[str]
    flags: frozenset[str]

    @classmethod
    def of(cls, records: Records, journey: Journey, names: Names) -> Traits:
        """From records; a field that the journey file does not have any more is left out."""
        customers, row = np.unique(records["customer"], return_inverse=True)
        texts = {LOCALE, TIME_ZONE}
        texts |= {ATTRIBUTE + a.name for a in journey.attributes if a.type is AttributeType.CATEGORY}
        fields = [ATTRIBUTE + a.name for a in journey.attributes if a.type is not AttributeType.TEXT]
        fields += [*(CONSENT + flag for flag in journey.consents), LOCALE, TIME_ZONE]
        columns = {}
        for field in fields:
            own = records["field"] == names.find(field)
            if own.any():
                columns[field] = np.full(len(customers), np.nan)
                columns[field][row[own]] = records["value"][own]
        flags = {ATTRIBUTE + a.name for a in journey.attributes if a.type is AttributeType.BOOLEAN}
        flags |= {CONSENT + flag for flag in journey.consents}
        return cls(customers=customers, columns=columns, texts=frozenset(texts), flags=frozenset(flags))

    def rows(self, customers: NDArray[np.uint64]) -> dict[str, Floats]:
        """The columns of some customers, shape (k,) each."""
        row, known = rows_of(self.customers, customers)
        if not len(self.customers):
            return {}
        return {field: np.where(known, column[row], np.nan) for field, column in self.columns.items()}


def group_problems(journey: Journey, condition: str) -> list[str]:
    """What is wrong with a condition that shall describe a group; empty: nothing."""
    found = policy_rule_problems(journey, condition)
    if found:
        return found
    texts = {f"customer.attributes.{a.name}" for a in journey.attributes if a.type is AttributeType.TEXT}
    paths = Rule.compile(condition).paths
    wrong = sorted(path for path in paths if not path.startswith("customer.") or path == "customer.id")
    wrong += sorted(path for path in paths if path in texts)
    if not wrong:
        return []
    return [
        "expected a condition on the customer's attributes (no free texts), consent, locale or time_zone,"
        f" got {wrong[0]}; leave it out"
    ]


def group_of(traits: Traits, condition: str, names: Names) -> NDArray[np.uint64]:
    """The customers for whom a condition holds, ascending; where it fails it does not hold."""
    rule = Rule.compile(condition)
    read = [field for field in traits.columns if _reads(rule, field)]
    if not len(traits.customers):
        return traits.customers
    table = np.column_stack([traits.columns[field] for field in read]) if read else _none(traits)
    cases, row = np.unique(table, axis=0, return_inverse=True)
    known = [_customer(traits, dict(zip(read, case, strict=True)), names) for case in cases.tolist()]
    holds: Mask = np.array([_holds(rule, customer) for customer in known])
    return traits.customers[holds[row.reshape(-1)]]


def _none(traits: Traits) -> Floats:
    return np.zeros((len(traits.customers), 0))


def _reads(rule: Rule, field: str) -> bool:
    path = f"customer.{field}"
    return any(path == read or path.startswith(f"{read}.") for read in rule.paths)


def _holds(rule: Rule, customer: Mapping[str, Any]) -> bool:
    try:
        return rule.holds(RuleContext({"customer": customer}))
    except RuleError:
        return False


def _customer(traits: Traits, case: Mapping[str, float], names: Names) -> dict[str, Any]:
    """The customer as rules see them."""
    customer: dict[str, Any] = {"attributes": {}, "consent": {}}
    for field, number in case.items():
        if np.isnan(number):
            continue
        value: object = number
        if field in traits.texts:
            value = names.name(int(number))
        elif field in traits.flags:
            value = number > 0
        kind, _, name = field.partition(".")
        if name:
            customer[kind][name] = value
        else:
            customer[field] = value
    return customer

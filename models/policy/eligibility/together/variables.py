"""The variables that policies see, of many customers at once.

``RuleVariables`` makes one customer's; these are the same values. What customers share is one object: rules
only read. Knows columns; knows nothing of what a rule makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Ints
from models.domain.decision import DecisionRequest
from models.domain.feedback import MEAN_DAYS, THOUSANDTHS, Value, mean, usable, window_name
from models.domain.history import DAY_MS, HOUR_MS
from models.domain.interaction import Customer
from models.domain.journey import AttributeType, Fact, Journey
from models.domain.rules.paths_read import members_read, pruned, tree_of
from models.domain.rules.rules import rule_attributes
from models.learned.features.situations import Situations
from models.policy.eligibility.accounts import NEVER_DAYS
from models.policy.eligibility.feedback_variables import facts_read, put
from models.policy.eligibility.rule_facts import local_time
from models.policy.eligibility.together.records import OwnEvents, Records

Variables = dict[str, Any]


class ManyVariables:
    """Builds the variables of many requests of customers without an account.

    Args:
        paths: members that rules read, as ``RuleVariables`` takes them.
    """

    def __init__(self, journey: Journey, paths: Collection[str]) -> None:
        self._journey = journey
        self._read = tree_of(paths)
        self._of_customer = _customer_reader(journey, paths, self._read.get("customer", {}))
        self._contacts = members_read("contacts", paths, tuple(a.name for a in journey.actions))
        self._codes = [journey.action_index[name] for name in self._contacts]
        self._seen = members_read("seen", paths, journey.touchpoint_names)
        self._since = members_read("days_since", paths, journey.touchpoint_names)
        self._counted = tuple(dict.fromkeys((*self._seen, *self._since)))
        self._touchpoints = np.array([journey.touchpoint_index[n] for n in self._counted], dtype=np.int64)
        numbers = facts_read(journey, self._read.get("mean"))
        self._last = facts_read(journey, self._read.get("last"))
        self._mean = tuple(fact for fact in numbers if fact.typed.type is AttributeType.NUMBER)

    @property
    def of_accounts(self) -> bool:
        """Whether a rule reads accounts, which these are not built for."""
        return "account" in self._read

    def variables(
        self, situations: Situations, requests: Sequence[DecisionRequest], own: OwnEvents, records: Records
    ) -> list[Variables]:
        """Those that some rule reads, but for the candidate's ``action``; one a situation."""
        read, columns = self._read, dict[str, Sequence[Any]]()
        if "customer" in read:
            columns["customer"] = [self._of_customer(request.customer) for request in requests]
        if (wanted := read.get("phase")) is not None:
            columns["phase"] = self._phases(situations, wanted)
        if "context" in read:
            columns["context"] = [dict(request.context) for request in requests]
        if (wanted := read.get("now")) is not None:
            columns["now"] = [_now(hour, tuple(wanted)) for hour in (situations.local_ms // HOUR_MS).tolist()]
        if "contacts" in read:
            columns["contacts"] = _named(self._contacts, records.contacts[:, self._codes])
        if "seen" in read or "days_since" in read:
            columns["seen"], columns["days_since"] = self._events(situations, own)
        columns |= self._told(situations, own)
        if not columns:
            return [{} for _ in requests]
        names = tuple(columns)
        return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def _phases(self, situations: Situations, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        days = ((situations.instant - situations.phase_since) / DAY_MS).tolist()
        phases, dwells = self._journey.phases, not wanted or "dwell_days" in wanted
        shared: dict[tuple[int, int], dict[str, Any]] = {}
        facts = []
        for key, dwell in zip(
            zip(situations.phase.tolist(), situations.phases_reached.tolist(), strict=True), days, strict=True
        ):
            known = shared.get(key)
            if known is None:
                code, reached = key
                own = {
                    "name": phases[code].name,
                    "furthest": phases[reached.bit_length() - 1].name,
                    "reached": {phase.name: bool(reached >> at & 1) for at, phase in enumerate(phases)},
                }
                known = shared[key] = pruned(own, wanted)
            facts.append({**known, "dwell_days": dwell} if dwells else known)
        return facts

    def _events(self, situations: Situations, own: OwnEvents) -> tuple[list[Variables], list[Variables]]:
        """How often, and how many days ago, each touchpoint or outcome was seen."""
        history, shape = situations.history, (len(situations), len(self._counted))
        number = np.full(len(history.touchpoints), -1, dtype=np.int64)
        number[self._touchpoints] = np.arange(len(self._counted))
        code = number[history.touchpoint[own.event]]
        counted = (code >= 0).nonzero()[0]
        cell = own.row[counted] * len(self._counted) + code[counted]
        count = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
        last = np.zeros(shape, dtype=np.int64)
        last.ravel()[cell] = history.occurred_at[own.event[counted]]  # ascending: the last one stays
        days = np.where(count > 0, (situations.instant[:, None] - last) / DAY_MS, NEVER_DAYS)
        place = {name: position for position, name in enumerate(self._counted)}
        return (
            _named(self._seen, count[:, [place[name] for name in self._seen]]),
            _named(self._since, days[:, [place[name] for name in self._since]]),
        )

    def _told(self, situations: Situations, own: OwnEvents) -> dict[str, list[Variables]]:
        """What customers told last, and on average."""
        columns, code = dict[str, list[Variables]](), situations.history.touchpoint[own.event]
        if "last" in self._read:
            columns["last"] = told = _Told(self._last, None, len(situations))
            for fact in self._last:
                for row, values in _values(self._journey, situations, fact, own, code).items():
                    told.put(row, fact, values[-1][1])
        if "mean" in self._read:
            columns["mean"] = told = _Told(self._mean, {}, len(situations))
            for fact in self._mean:
                for row, values in _values(self._journey, situations, fact, own, code).items():
                    told.put(row, fact, _means(values, int(situations.instant[row])))
        return columns


class _Told(list[Variables]):
    """One dictionary a customer; those who told nothing share theirs."""

    def __init__(self, facts: Sequence[Fact], nothing: object, size: int) -> None:
        self._untold: Variables = {}
        for fact in facts:
            put(self._untold, fact, nothing)
        super().__init__([self._untold] * size)

    def put(self, row: int, fact: Fact, value: object) -> None:
        if self[row] is self._untold:
            self[row] = {n: dict(v) if isinstance(v, dict) else v for n, v in self._untold.items()}
        put(self[row], fact, value)


def _customer_reader(
    journey: Journey, paths: Collection[str], wanted: Mapping[str, Any]
) -> Callable[[Customer], Variables]:
    """Makes the members of ``customer`` that rules read, or all."""
    named = members_read("customer.attributes", paths, tuple(a.name for a in journey.attributes))
    everything = bool({"customer", "customer.attributes"} & set(paths))
    attributes = tuple(a for a in journey.attributes if everything or a.name in named)
    readers: dict[str, Callable[[Customer], object]] = {
        "id": lambda customer: customer.customer_id,
        "attributes": lambda customer: rule_attributes(attributes, customer.attributes),
        "consent": lambda customer: dict(customer.consent),
        "locale": lambda customer: customer.locale or journey.default_locale,
        "time_zone": lambda customer: customer.time_zone or journey.time_zone,
        **({} if journey.accounts is None else {"role": lambda customer: ""}),
    }
    read = [(name, reader) for name, reader in readers.items() if not wanted or name in wanted]
    return lambda customer: {name: reader(customer) for name, reader in read}


def _values(
    journey: Journey, situations: Situations, fact: Fact, own: OwnEvents, code: AnyInts
) -> dict[int, list[tuple[int, Value]]]:
    """Row → time and value of each event that tells a fact, ascending."""
    history, found = situations.history, dict[int, list[tuple[int, Value]]]()
    properties = history.properties
    if properties is None:
        return found
    told: NDArray[np.intp] = (code == journey.touchpoint_index[fact.event]).nonzero()[0]
    events: Ints = own.event[told]
    columns = (own.row[told].tolist(), events.tolist(), history.occurred_at[events].tolist())
    for row, event, at in zip(*columns, strict=True):
        value = usable(fact, properties[event].get(fact.typed.name))
        if value is not None:
            found.setdefault(row, []).append((at, value))
    return found


def _means(values: list[tuple[int, Value]], instant: int) -> dict[str, float]:
    """Window → the mean of what was told within it; windows without are missing."""
    numbers = [(at, round(float(value) * THOUSANDTHS)) for at, value in values]
    found = {}
    for days in MEAN_DAYS:
        within = [number for at, number in numbers if at >= instant - days * DAY_MS]
        if within:
            found[window_name(days)] = mean(sum(within), len(within))
    return found


def _named(names: Collection[str], values: NDArray[Any]) -> list[Variables]:
    """Each row of ``values``, shape (n, names), as a dictionary."""
    return [dict(zip(names, row, strict=True)) for row in values.tolist()]


@lru_cache(maxsize=1_024)
def _now(hour: int, wanted: tuple[str, ...]) -> dict[str, int]:
    """``now`` within an hour of the customer's clock, in hours since 1970; ``wanted``: what rules read."""
    return pruned(local_time(hour * HOUR_MS), {name: {} for name in wanted})

"""The variables that policies see in one situation.

Knows how a history becomes ``seen``, ``days_since``, ``contacts`` and the like; knows nothing of what a
rule makes of them. The list of variables: docs/reference/journey-file.md, "Policies".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from models import kernel
from models.arrays import Ints
from models.domain.actions import NOTHING, Treatment
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS, HOUR_MS, History, from_ms
from models.domain.journey import Journey
from models.domain.rules.paths_read import members_read as _members
from models.domain.rules.paths_read import pruned as _pruned
from models.domain.rules.paths_read import tree_of as _tree
from models.domain.rules.rules import rule_attributes
from models.domain.spans import FIRST_MS
from models.learned.features.situations import Situations
from models.policy.eligibility.accounts import NEVER_DAYS, AccountRules, own_record
from models.policy.eligibility.contact_record import ActionRecord
from models.policy.eligibility.feedback_variables import FeedbackVariables


class RuleVariables:
    """Builds the variables of a request.

    Which names the journey's policies read is resolved once.

    Args:
        paths: members that rules read, dotted (``Rule.paths``): ``seen.quote_requested``; a bare
            ``seen`` asks for every declared name.
    """

    __slots__ = (
        "_accounts",
        "_attributes",
        "_contacts",
        "_feedback",
        "_journey",
        "_names",
        "_read",
        "_seen",
        "_since",
    )

    def __init__(self, journey: Journey, paths: Collection[str]) -> None:
        self._journey = journey
        self._accounts = AccountRules(journey)
        self._read = _tree(paths)
        self._names = frozenset(self._read)
        read = _members("customer.attributes", paths, tuple(a.name for a in journey.attributes))
        everything = bool({"customer", "customer.attributes"} & set(paths))
        self._attributes = tuple(a for a in journey.attributes if everything or a.name in read)
        seen, since = (_members(v, paths, journey.touchpoint_names) for v in ("seen", "days_since"))
        code = journey.touchpoint_index  # a history numbers the journey's names first
        self._seen = tuple((name, code[name]) for name in seen)
        self._since = tuple((name, code[name]) for name in since)
        self._feedback = FeedbackVariables(journey, self._read)
        self._contacts = _members("contacts", paths, tuple(a.name for a in journey.actions))

    def variables(
        self,
        situations: Situations,
        request: DecisionRequest,
        record: ActionRecord,
    ) -> dict[str, Any]:
        """The variables of situation 0 that some rule reads, but for the candidate's ``action``."""
        facts: dict[str, Any] = {}
        read = self._read
        if (wanted := read.get("customer")) is not None:
            facts["customer"] = self._customer(request, wanted)
        if (wanted := read.get("account")) is not None:
            facts["account"] = _pruned(self._account(situations, request), wanted)
        if (wanted := read.get("phase")) is not None:
            facts["phase"] = self._phase(situations, wanted)
        if "context" in read:
            facts["context"] = dict(request.context)
        if (wanted := read.get("now")) is not None:
            facts["now"] = _now(situations.local_ms.item(0), wanted)
        if "contacts" in read:
            index = self._journey.action_index
            facts["contacts"] = {n: record.contacts.get(index[n], 0) for n in self._contacts}
        if "seen" in read or "days_since" in read:
            facts.update(self._events(situations))
        if self._feedback.read:
            facts.update(self._feedback.variables(situations))
        return facts

    def _customer(self, request: DecisionRequest, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The members that rules read, or all; handing over less costs less."""
        customer, facts = request.customer, dict[str, Any]()
        if not wanted or "id" in wanted:
            facts["id"] = customer.customer_id
        if not wanted or "attributes" in wanted:
            facts["attributes"] = rule_attributes(self._attributes, customer.attributes)
        if not wanted or "consent" in wanted:
            facts["consent"] = dict(customer.consent)
        if not wanted or "locale" in wanted:
            facts["locale"] = customer.locale or self._journey.default_locale
        if not wanted or "time_zone" in wanted:
            facts["time_zone"] = customer.time_zone or self._journey.time_zone
        if self._journey.accounts is not None and (not wanted or "role" in wanted):
            facts["role"] = "" if request.account is None else request.account.role
        return facts

    def _account(self, situations: Situations, request: DecisionRequest) -> dict[str, Any]:
        """The customer's account, in the phase that is decided in."""
        instant, account = int(situations.instant[0]), request.account
        own, acted = own_record(self._journey, situations.history, instant)
        phase = "" if account is None else self._journey.phases[int(situations.phase[0])].name
        return {**self._accounts.variables(account, own, acted, instant), "phase": phase}

    def _phase(self, situations: Situations, wanted: Mapping[str, Any]) -> dict[str, Any]:
        names, facts = self._journey.phases, dict[str, Any]()
        if not wanted or "name" in wanted:
            facts["name"] = names[situations.phase.item(0)].name
        if not wanted or "dwell_days" in wanted:
            facts["dwell_days"] = (situations.instant.item(0) - situations.phase_since.item(0)) / DAY_MS
        if not wanted or "furthest" in wanted:
            facts["furthest"] = names[situations.phases_reached.item(0).bit_length() - 1].name
        if not wanted or "reached" in wanted:
            reached = situations.phases_reached.item(0)
            every = {phase.name: bool(reached >> code & 1) for code, phase in enumerate(names)}
            facts["reached"] = _pruned(every, wanted.get("reached", {}))
        return facts

    def _events(self, situations: Situations) -> dict[str, Any]:
        """How often, and how many days ago, each touchpoint or outcome was seen."""
        history = situations.history
        begin, end = history.start.item(situations.customer.item(0)), situations.end.item(0)
        count, last = _touchpoint_facts(history, begin, end)
        folded = history.folded
        if folded is not None:
            np.add.at(count, folded.touchpoint, folded.count)
        number, instant = count.item, situations.instant.item(0)
        return {
            "seen": {name: number(code) for name, code in self._seen},
            "days_since": {
                name: (instant - last.item(code)) / DAY_MS if number(code) else NEVER_DAYS
                for name, code in self._since
            },
        }


def _touchpoint_facts(history: History, begin: int, end: int) -> tuple[Ints, Ints]:
    """How often each name happened among some events, and when last, folded times among these."""
    size, folded = len(history.touchpoints), history.folded
    last = np.empty(size, dtype=np.int64)
    last.fill(FIRST_MS)
    if folded is not None:
        np.maximum.at(last, folded.touchpoint, folded.last)
    if kernel.native is not None:
        counted = np.zeros(size, dtype=np.int64)
        kernel.native.touchpoint_facts(history.touchpoint, history.occurred_at, begin, end, counted, last)
        return counted, last
    codes = history.touchpoint[begin:end]
    last[codes] = history.occurred_at[begin:end]  # ascending in time: the last one stays
    return np.bincount(codes, minlength=size), last


def action_facts(journey: Journey, treatment: Treatment) -> dict[str, Any]:
    """The candidate as rules see it: ``action`` {name, group, purpose, channel, value}."""
    if treatment.action == NOTHING:
        return {"name": NOTHING, "group": "", "purpose": "", "channel": "", "value": 0.0}
    action = journey.actions[journey.action_index[treatment.action]]
    return {
        "name": action.name,
        "group": action.group or "",
        "purpose": action.purpose.value,
        "channel": treatment.channel or "",
        "value": float(action.value),
    }


def local_time(local_ms: int) -> dict[str, int]:
    """``now`` {hour, weekday (0 is Monday), month} by the customer's wall clock."""
    moment = from_ms(local_ms)
    return {"hour": moment.hour, "weekday": moment.weekday(), "month": moment.month}


def _now(local_ms: int, wanted: Mapping[str, Any]) -> dict[str, int]:
    """What rules read of ``local_time``; most read the hour alone."""
    if wanted.keys() == {"hour"}:
        return {"hour": local_ms // HOUR_MS % 24}
    return _pruned(local_time(local_ms), wanted)


def values_read(paths: Collection[str], variables: Mapping[str, Any]) -> str:
    """What a rule saw, for people: ``customer.attributes.open_ticket_severity = 'critical'``."""
    return ", ".join(f"{path} = {_lookup(path, variables)}" for path in sorted(paths))


def _lookup(path: str, variables: Mapping[str, Any]) -> str:
    value: Any = variables
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return "not known"
        value = value[part]
    return repr(value)

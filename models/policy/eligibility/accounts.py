"""Accounts as rules see them, and their phase.

The customer's own events and those of the other people in the account are put together here, at the moment of
the decision. Knows sums and names; knows nothing of what a rule makes of them. The list of variables:
docs/reference/journey-file.md, "accounts".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.domain.account import AccountState, RoleEvents
from models.domain.history import CONTACT, DAY_MS, History
from models.domain.journey import Accounts, Journey
from models.domain.rules.rules import Rule, RuleContext, rule_attributes

NEVER_DAYS: Final = 1e6
"""``days_since`` of what never happened."""

Own = Mapping[str, tuple[int, int]]
"""The customer's own events: touchpoint or outcome → how often, and when last (ms)."""


class AccountRules:
    """The account's variables and phase, for the names of one journey."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._accounts = journey.accounts or Accounts(roles=())
        self._rules = tuple(
            (Rule.compile(rule.when), journey.phase_index[rule.to]) for rule in self._accounts.phase_rules
        )
        self._names = journey.touchpoint_names

    @property
    def has_phases(self) -> bool:
        """Whether accounts have phases of their own."""
        return bool(self._rules)

    def phase(self, account: AccountState, history: History | None, instant: int) -> int:
        """The code of the account's phase: that of the first rule that holds, else the journey's first.

        Args:
            history: of the customer; None: the account holds all of its people, as seen from outside.

        Raises:
            RuleError: a rule failed on these facts.
        """
        own, acted = ({}, {}) if history is None else own_record(self._journey, history, instant)
        variables = self.variables(account, own, acted, instant, outside=history is None)
        context = RuleContext({"account": variables})
        return next((to for rule, to in self._rules if rule.holds(context)), 0)

    def variables(
        self,
        account: AccountState | None,
        own: Own,
        acted: Mapping[str, int],
        instant: int,
        *,
        outside: bool = False,
    ) -> dict[str, Any]:
        """``account`` as rules read it, but for its phase; of nobody's account all numbers are 0."""
        nobody = account is None
        state = account or AccountState(account_id="")
        seen = {} if nobody else {name: self._together(state, own, name) for name in self._names}
        own_role = () if nobody or outside else (state.role,)
        roles = [role.name for role in self._accounts.roles]
        people = {role: state.people.get(role, 0) + (role in own_role) for role in roles}
        return {
            "id": state.account_id,
            "attributes": rule_attributes(self._accounts.attributes, state.attributes),
            "people": sum(state.people.values()) + len(own_role),
            "roles": people,
            "seen": {n: sum(e.times for e in seen.get(n, {}).values()) for n in self._names},
            "people_seen": {n: sum(e.people for e in seen.get(n, {}).values()) for n in self._names},
            "roles_seen": {n: sum(1 for role in seen.get(n, {}) if role) for n in self._names},
            "seen_by": {
                role: {n: seen[n][role].times if role in seen.get(n, {}) else 0 for n in self._names}
                for role in roles
            },
            "days_since": {n: _days_since(seen.get(n, {}), instant) for n in self._names},
            "contacts": {
                a.name: 0 if nobody else state.acted.get(a.name, 0) + acted.get(a.name, 0)
                for a in self._journey.actions
            },
        }

    def _together(self, state: AccountState, own: Own, name: str) -> Mapping[str, RoleEvents]:
        """What happened by role, the customer's own part included."""
        others = state.seen.get(name, {})
        if name not in own:
            return others
        times, last = own[name]
        held = others.get(state.role, RoleEvents(0, 0, last))
        mine = RoleEvents(held.people + 1, held.times + times, max(held.last, last))
        return {**others, state.role: mine}


def own_record(journey: Journey, history: History, instant: int) -> tuple[Own, Mapping[str, int]]:
    """The only customer's own events by name, and contacts by action, strictly before a moment."""
    end = int(history.occurred_at.searchsorted(instant))
    own: dict[str, tuple[int, int]] = {}
    acted: dict[str, int] = {}
    columns = (history.kind, history.touchpoint, history.action, history.occurred_at)
    events = zip(*(column[:end].tolist() for column in columns), strict=True)
    rows = [(kind, name, action, 1, at) for kind, name, action, at in events]
    if (folded := history.folded) is not None:
        totals = (folded.kind, folded.touchpoint, folded.action, folded.count, folded.last)
        rows += zip(*(column.tolist() for column in totals), strict=True)
    for kind, touchpoint, action, count, at in rows:
        if kind == CONTACT and action >= 0:
            named = journey.actions[action].name
            acted[named] = acted.get(named, 0) + count
        name = history.touchpoints[touchpoint]
        times, last = own.get(name, (0, at))
        own[name] = (times + count, max(last, at))
    return own, acted


def _days_since(events: Mapping[str, RoleEvents], instant: int) -> float:
    if not events:
        return NEVER_DAYS
    return (instant - max(each.last for each in events.values())) / DAY_MS

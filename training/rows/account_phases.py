"""Phases of accounts in the past, as decisions had known them.

The same rules over the same sums as when serving (``models/policy/eligibility/accounts.py``), walked through
once per account. Knows histories and accounts; knows nothing of labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from models.arrays import Codes, Ints
from models.domain.account import AccountContact, AccountState, Colleague, RoleEvents, account_state
from models.domain.actions import LimitOf
from models.domain.history import CONTACT, DAY_MS, History
from models.domain.journey import Journey
from models.policy.eligibility.accounts import AccountRules
from models.policy.eligibility.profiling import may_profile
from training.data.encode import Log

NO_ATTRIBUTES: Final[Mapping[str, Mapping[str, object]]] = {}


class AccountPhases:
    """The phases of all accounts of a log."""

    def __init__(self, journey: Journey, log: Log) -> None:
        self._rules = AccountRules(journey)
        self._journey = journey
        self._log = log
        self._people: dict[str, list[int]] = {}
        for customer, account in enumerate(log.accounts):
            if account is not None:
                self._people.setdefault(account, []).append(customer)

    def at(self, customer: Ints, instant: Ints) -> Codes:
        """The phase of each customer's account strictly before each moment.

        Args:
            customer: shape (n,). Positions in the log.
            instant: shape (n,). Milliseconds since 1970 UTC.

        Returns:
            Shape (n,), int32; -1 where they have phases of their own.
        """
        phases = np.full(len(customer), -1, dtype=np.int32)
        if not self._rules.has_phases or not self._people:
            return phases
        rows: dict[str, list[int]] = {}
        for row, one in enumerate(customer.tolist()):
            account = self._log.accounts[one]
            if account is not None and may_profile(self._journey, self._log.consents[one]):
                rows.setdefault(account, []).append(row)
        for account, mine in rows.items():
            mine.sort(key=lambda row: int(instant[row]))
            people = self._people[account]
            told = self._journey.accounts
            attributes = {} if told is None else told.attributes_in(self._log.attributes[people[0]])
            walk = _Walk(self._journey, self._log, people, attributes)
            for row in mine:
                state = walk.until(account, int(instant[row]))
                phases[row] = self._rules.phase(state, None, int(instant[row]))
        return phases


class AccountsThen:
    """Accounts as decisions about their people had them.

    Args:
        attributes: account → what is known of itself.
    """

    def __init__(
        self, journey: Journey, log: Log, attributes: Mapping[str, Mapping[str, object]] = NO_ATTRIBUTES
    ) -> None:
        self._attributes = attributes
        self._journey = journey
        self._log = log
        self._names = log.history.touchpoints
        windows = [limit.window_days for limit in journey.contact_limits if limit.per is LimitOf.ACCOUNT]
        self._since_ms = round(max(windows, default=0.0) * DAY_MS)
        self._people: dict[str, list[int]] = {}
        for customer, account in enumerate(log.accounts):
            if account is not None:
                self._people.setdefault(account, []).append(customer)

    def state_of(self, customer: int, instant: int) -> AccountState | None:
        """The account that somebody was in, strictly before a moment; None: in none."""
        account = self._log.accounts[customer] if self._log.accounts else None
        if account is None:
            return None
        others = [self._in_sums(one, instant) for one in self._people[account] if one != customer]
        attributes = self._attributes.get(account, {})
        return account_state(account, self._log.roles[customer], attributes, others)

    def _in_sums(self, one: int, instant: int) -> Colleague:
        history, events = self._log.history, dict[str, tuple[int, int]]()
        acted: dict[str, int] = {}
        contacts: list[AccountContact] = []
        begin, end = int(history.start[one]), int(history.start[one + 1])
        end = begin + int(history.occurred_at[begin:end].searchsorted(instant))
        columns = (history.occurred_at, history.touchpoint, history.kind, history.action, history.channel)
        for at, name, kind, action, channel in zip(*(c[begin:end].tolist() for c in columns), strict=True):
            times, _ = events.get(self._names[name], (0, at))
            events[self._names[name]] = (times + 1, at)
            if kind == CONTACT:
                named = self._journey.actions[action].name if action >= 0 else None
                if named is not None:
                    acted[named] = acted.get(named, 0) + 1
                if at >= instant - self._since_ms:
                    way = self._journey.channels[channel].name if channel >= 0 else None
                    contacts.append(AccountContact(at, named, way))
        if not may_profile(self._journey, self._log.consents[one]):
            events, acted = {}, {}
        role = self._log.roles[one]
        return Colleague(role=role, events=events, acted=acted, contacts=tuple(contacts))


class _Walk:
    """What the people of one account have done, event by event."""

    def __init__(
        self, journey: Journey, log: Log, people: list[int], attributes: Mapping[str, object]
    ) -> None:
        self._log, self._attributes = log, attributes
        self._names = log.history.touchpoints
        self._actions = [action.name for action in journey.actions]
        self._counts: dict[tuple[int, int], tuple[int, int]] = {}
        self._acted: dict[str, int] = {}
        profiled = [one for one in people if may_profile(journey, log.consents[one])]
        self._events = _events(log.history, profiled)
        self._next = 0
        self._state: AccountState | None = None
        self._roles = [log.roles[one] for one in people]

    def until(self, account: str, instant: int) -> AccountState:
        """The account, all of its people in it, strictly before a moment; moments do not go back."""
        before = self._next
        while self._next < len(self._events) and self._events[self._next][0] < instant:
            at, one, name, kind, action = self._events[self._next]
            times, _ = self._counts.get((one, name), (0, at))
            self._counts[one, name] = (times + 1, at)
            if kind == CONTACT and action >= 0:
                named = self._actions[action]
                self._acted[named] = self._acted.get(named, 0) + 1
            self._next += 1
        if self._state is None or before != self._next:
            self._state = AccountState(
                account_id=account,
                attributes=self._attributes,
                people={role: self._roles.count(role) for role in sorted(set(self._roles))},
                seen=self._seen(),
                acted=dict(self._acted),
            )
        return self._state

    def _seen(self) -> Mapping[str, Mapping[str, RoleEvents]]:
        seen: dict[str, dict[str, RoleEvents]] = {}
        for (one, name), (times, last) in self._counts.items():
            role = self._log.roles[one]
            by_role = seen.setdefault(self._names[name], {})
            held = by_role.get(role, RoleEvents(0, 0, last))
            by_role[role] = RoleEvents(held.people + 1, held.times + times, max(held.last, last))
        return seen


def _events(history: History, people: list[int]) -> list[tuple[int, int, int, int, int]]:
    """Time, customer, touchpoint, kind and action of all that they did, ascending in time."""
    found: list[tuple[int, int, int, int, int]] = []
    for one in people:
        events = slice(int(history.start[one]), int(history.start[one + 1]))
        columns = (history.occurred_at, history.touchpoint, history.kind, history.action)
        rows = zip(*(column[events].tolist() for column in columns), strict=True)
        found += [(at, one, name, kind, action) for at, name, kind, action in rows]
    found.sort()
    return found

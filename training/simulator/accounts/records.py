"""Records that a company has of a world of accounts.

The four tables to learn from, and a history to decide from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from models.arrays import Ints
from models.domain.history import DAY_MS, History, from_ms, history_from_columns, to_ms
from models.domain.interaction import Kind
from models.domain.journey import Journey
from training.simulator.accounts.world import ROLES, SIGNS, TREATMENTS, Week

START: Final = to_ms(datetime(2025, 1, 6, tzinfo=UTC))
_WEEK: Final = 7 * DAY_MS
_ANSWER: Final = DAY_MS
_SIGN: Final = 3 * DAY_MS

Event = tuple[int, int, int, str, int]
"""Customer, time, kind, touchpoint, treatment (0: none)."""


def instant(week: int) -> int:
    """When the decisions of a week are made, in ms since 1970 UTC."""
    return START + week * _WEEK


def customer_id(customer: int) -> str:
    """Person ``customer`` of all accounts, four after four."""
    return f"{account_id(customer // len(ROLES))}-{ROLES[customer % len(ROLES)]}"


def account_id(account: int) -> str:
    """A company's id."""
    return f"a-{account:05d}"


@dataclass(slots=True)
class Records:
    """All that happened with ``n`` accounts, week by week."""

    n: int
    events: list[Event] = field(default_factory=list)
    decided: list[tuple[int, int, int, float, bool]] = field(default_factory=list)

    def add(self, week: int, treatment: Ints, probability: Any, result: Week, phase: Ints) -> None:
        """Note a week; ``phase``: of the accounts after it; ``probability``: (n, R), None: not logged."""
        at = instant(week)
        for account, role in zip(*np.nonzero(treatment), strict=True):
            customer = int(account) * len(ROLES) + int(role)
            code = int(treatment[account, role])
            self.events.append((customer, at, Kind.CONTACT, "contact", code))
            if result.answered[account, role]:
                self.events.append((customer, at + _ANSWER, Kind.OUTCOME, "answered", code))
        for account in np.flatnonzero(result.moved).tolist():
            for role, touchpoint in SIGNS[int(phase[account])]:
                customer = account * len(ROLES) + ROLES.index(role)
                self.events.append((customer, at + _SIGN, Kind.TOUCHPOINT, touchpoint, 0))
        if probability is not None:
            for account in range(self.n):
                for role in range(len(ROLES)):
                    row = (account * len(ROLES) + role, week, int(treatment[account, role]))
                    drawn = float(probability[account, role])
                    self.decided.append((*row, drawn, bool(result.answered[account, role])))

    def signs_before(self, phase: Ints) -> None:
        """What people did before the records begin: everything that led to the phases they stand in."""
        for account, reached in enumerate(phase.tolist()):
            for entered in range(1, reached + 1):
                for role, touchpoint in SIGNS[entered]:
                    customer = account * len(ROLES) + ROLES.index(role)
                    at = START - (reached - entered + 1) * _WEEK
                    self.events.append((customer, at, Kind.TOUCHPOINT, touchpoint, 0))

    def history(self, journey: Journey) -> History:
        """The same in columns."""
        names = list(dict.fromkeys(event[3] for event in self.events))
        columns = list(zip(*self.events, strict=True)) if self.events else [()] * 5
        code = np.array(columns[4], dtype=np.int64)
        action = np.array([journey.action_index.get(each[0], -1) for each in TREATMENTS], dtype=np.int32)
        channel = np.array(
            [journey.channel_index.get(each[1] or "", -1) for each in TREATMENTS], dtype=np.int32
        )
        return history_from_columns(
            journey=journey,
            n_customers=self.n * len(ROLES),
            customer=np.array(columns[0], dtype=np.int64),
            occurred_at=np.array(columns[1], dtype=np.int64),
            kind=np.array(columns[2], dtype=np.int8),
            channel=channel[code],
            touchpoint=np.array([names.index(name) for name in columns[3]], dtype=np.int32),
            action=action[code],
            touchpoints=names or ["contact"],
        )

    def frames(self) -> dict[str, dict[str, list[Any]]]:
        """The four tables, columns by name."""
        people = range(self.n * len(ROLES))
        seen = [event for event in self.events if event[2] == Kind.TOUCHPOINT]
        ids = [f"d-{place}" for place in range(len(self.decided))]
        answered = [place for place, row in enumerate(self.decided) if row[4]]
        return {
            "customers": {
                "customer_id": [customer_id(one) for one in people],
                "account_id": [account_id(one // len(ROLES)) for one in people],
                "role": [ROLES[one % len(ROLES)] for one in people],
                "attributes": [f'{{"role":"{ROLES[one % len(ROLES)]}"}}' for one in people],
                "consent": ['{"email":true,"phone":true}' for _ in people],
            },
            "interactions": {
                "interaction_id": [f"i-{place}" for place in range(len(seen))],
                "customer_id": [customer_id(event[0]) for event in seen],
                "occurred_at": [from_ms(event[1]) for event in seen],
                "touchpoint": [event[3] for event in seen],
            },
            "decisions": {
                "decision_id": ids,
                "customer_id": [customer_id(row[0]) for row in self.decided],
                "decided_at": [from_ms(instant(row[1])) for row in self.decided],
                "delivered_at": [from_ms(instant(row[1])) for row in self.decided],
                "action": [TREATMENTS[row[2]][0] for row in self.decided],
                "channel": [TREATMENTS[row[2]][1] for row in self.decided],
                "action_probability": [row[3] for row in self.decided],
            },
            "outcomes": {
                "outcome_id": [f"o-{place}" for place in answered],
                "decision_id": [ids[place] for place in answered],
                "outcome": ["answered"] * len(answered),
                "occurred_at": [from_ms(instant(self.decided[place][1]) + _ANSWER) for place in answered],
            },
        }

"""What became of each customer in a period: one row each.

Decisions of the period with their outcomes, and the worth of phases entered in it. Rates per contact would
mislead where arms contact different people; customers were drawn at random, so they are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints, Mask, Records
from models.domain.history import DAY_MS
from models.measures.log.records import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """One row a customer for whom a decision was made.

    In the period; ascending by ``key``.

    Attributes:
        key: shape (n,). The customer in records.
        arm: shape (n,). Of their first decision.
        bundle: shape (n,). The same.
        mixed: shape (n,). Whether decisions of more than one arm were made for them.
        decisions, contacts, responses: shape (n,).
        value: shape (n,). EUR of outcomes and of phases entered.
        cost: shape (n,). EUR of contacts.
        earlier: shape (n,). ``value`` in as long a time before the period.
    """

    key: NDArray[np.uint64]
    arm: Codes
    bundle: Codes
    mixed: Mask
    decisions: Ints
    contacts: Ints
    responses: Ints
    value: Floats
    cost: Floats
    earlier: Floats

    def __len__(self) -> int:
        return len(self.key)


def customers_of(log: Log, since: int, until: int) -> Customers:
    """The customers decided for between two moments (ms), from records that begin as long before."""
    inside = within(log.decisions, since, until)
    key, first, row, count = np.unique(
        inside["customer"], return_index=True, return_inverse=True, return_counts=True
    )
    earliest = first_of_each(inside, row, len(key)) if len(key) else first
    arm = inside["arm"][earliest]
    before = 2 * since - until
    return Customers(
        key=key,
        arm=arm,
        bundle=inside["bundle"][earliest],
        mixed=total(row, (inside["arm"] != arm[row]).astype(np.float64), len(key)) > 0,
        decisions=count.astype(np.int64),
        contacts=total(row, inside["contacts"], len(key)).astype(np.int64),
        responses=total(row, inside["responded"] * (inside["delivered"] > 0), len(key)).astype(np.int64),
        value=worth(log, key, since, until),
        cost=total(row, inside["cost"], len(key)),
        earlier=worth(log, key, before, since),
    )


def worth(log: Log, key: NDArray[np.uint64], since: int, until: int) -> Floats:
    """EUR of each customer between two moments: outcomes of decisions made then, phases entered then."""
    value = np.zeros(len(key))
    for records in (within(log.decisions, since, until), within(log.moves, since, until)):
        row, known = rows_of(key, records["customer"])
        value += total(row[known], records["value"][known], len(key))
    return value


def daily_worth(log: Log, key: NDArray[np.uint64], since: int, days: int) -> Floats:
    """The same by day, shape (n, days)."""
    value = np.zeros(len(key) * days)
    until = since + days * DAY_MS
    for records in (within(log.decisions, since, until), within(log.moves, since, until)):
        records = records[records["value"] != 0]
        row, known = rows_of(key, records["customer"])
        place = row * days + (records["at"] - since) // DAY_MS
        value += total(place[known], records["value"][known], len(value))
    return value.reshape(len(key), days)


def within(records: Records, since: int, until: int) -> Records:
    """Records from ``since`` to before ``until``."""
    return records[(records["at"] >= since) & (records["at"] < until)]


def rows_of(key: NDArray[np.uint64], customer: NDArray[np.uint64]) -> tuple[Ints, Mask]:
    """The row of each customer in sorted ``key``, and whether there is one."""
    if not len(key):
        return np.zeros(len(customer), dtype=np.int64), np.zeros(len(customer), dtype=bool)
    row = np.minimum(np.searchsorted(key, customer), len(key) - 1)
    return row, key[row] == customer


def first_of_each(records: Records, row: Ints, n: int) -> Ints:
    """The earliest record of each of n rows."""
    order = np.lexsort((records["at"], row))
    starts = np.searchsorted(row[order], np.arange(n))
    found: Ints = order[starts]
    return found


def total(row: Ints, amount: NDArray[Any], n: int) -> Floats:
    """Sums by row."""
    return np.bincount(row, weights=amount, minlength=n).astype(np.float64)

"""Small questions about a past, by the names of events."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from models.domain.past.past import Past, Totals, of_events, summed, texts_of


def counts(past: Past, before: int) -> dict[str, int]:
    """How often each name happened before a moment, in the order of their first times."""
    begun: dict[str, tuple[int, int]] = {}
    end = int(past.at.searchsorted(before))
    sort, at = past.sort[:end], past.at[:end]
    for totals in (summed([of_events(sort, at, at)]), past.totals):
        rows = zip(totals.sort.tolist(), totals.count.tolist(), totals.first.tolist(), strict=True)
        for code, count, first in rows:
            name = past.vocabulary.sorts[code].name
            known, number = begun.get(name, (first, 0))
            begun[name] = (min(known, first), number + count)
    return {name: begun[name][1] for name in sorted(begun, key=lambda name: begun[name][0])}


def without(past: Past, names: Collection[str]) -> Past:
    """The past as if some names had never happened; where the customer stood stays."""
    gone = np.array([sort.name in names for sort in past.vocabulary.sorts], dtype=bool)
    if not gone.any():
        return past
    rows, old = ~gone[past.sort], ~gone[past.totals.sort]
    columns = (getattr(past.totals, name)[old] for name in ("sort", "count", "first", "last", "cents"))
    return replace(
        past,
        at=past.at[rows],
        sort=past.sort[rows],
        cents=past.cents[rows],
        key=past.key[rows],
        totals=Totals(*columns),
        **texts_of(past, np.flatnonzero(rows)),
        lasts={which: last for which, last in past.lasts.items() if which[0] not in names},
    )


def last_times(past: Past, names: Iterable[str], before: int) -> dict[str, int]:
    """When each name last happened before a moment; names that did not are missing."""
    wanted = set(names)
    found: dict[str, int] = {}
    for code, sort in enumerate(past.vocabulary.sorts):
        if sort.name in wanted:
            times = past.at[(past.sort == code) & (past.at < before)][-1:].tolist()
            times += past.totals.last[past.totals.sort == code].tolist()
            if times:
                found[sort.name] = max([*times, found.get(sort.name, times[0])])
    return found

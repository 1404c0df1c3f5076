"""Moves between phases, as records.

Past ones, and lapses that will follow if nothing else happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Ints, Records
from models.domain.journey import Journey
from models.domain.phases import PhaseTrace
from models.measures.log.records import MOVE, Names

_AHEAD: Final = 16
"""Lapses that are followed after a customer's last event."""
_LATEST_MS: Final = 4_102_444_800_000  # 2100: no lapse later than this is of interest


class Moves:
    """Makes records of moves by one journey file."""

    def __init__(self, journey: Journey, names: Names) -> None:
        self._phase_codes = names.codes(phase.name for phase in journey.phases)
        self._values = np.array([phase.value for phase in journey.phases])
        self._once = journey.phases_paid_once

    def records(self, hashes: NDArray[np.uint64], trace: PhaseTrace) -> Records:
        """First seen, every move, and the lapses that follow if nothing else happens."""
        history, entries = trace.history, trace.entries()
        seen = np.flatnonzero(np.diff(history.start))
        first = history.occurred_at[history.start[seen]] if len(seen) else np.zeros(0, dtype=np.int64)
        nobody, begun = np.full(len(seen), -1, dtype=np.int32), np.zeros(len(seen), dtype=np.int32)
        parts = [(seen, first, begun, nobody), (entries.customer, entries.instant, entries.phase, None)]
        parts += list(_lapses_ahead(trace, seen))
        owner = np.concatenate([part[0] for part in parts])
        at = np.concatenate([part[1] for part in parts])
        phase = np.concatenate([part[2] for part in parts])
        lapsed = np.zeros(len(owner), dtype=bool)
        lapsed[len(seen) : len(seen) + len(entries.event)] = entries.event < 0
        lapsed[len(seen) + len(entries.event) :] = True
        beginning = np.arange(len(owner)) < len(seen)
        order = np.lexsort((~beginning, at, owner))
        return self._records(hashes, owner[order], at[order], phase[order], lapsed[order])

    def _records(
        self, hashes: NDArray[np.uint64], owner: Ints, at: Ints, phase: Codes, lapsed: NDArray[np.bool_]
    ) -> Records:
        records = np.zeros(len(owner), dtype=MOVE)
        if not len(records):
            return records
        same = np.append(False, owner[1:] == owner[:-1])
        codes = self._phase_codes[phase]
        records["customer"], records["at"], records["phase"] = hashes[owner], at, codes
        records["since"] = np.where(same, np.roll(at, 1), at)
        records["before"] = np.where(same, np.roll(codes, 1), 0)
        records["lapsed"] = lapsed
        records["value"] = np.where(same & ~self._again(owner, phase), self._values[phase], 0.0)
        return records

    def _again(self, owner: Ints, phase: Codes) -> NDArray[np.bool_]:
        """Whether a record is of a phase that pays once, and that the customer has been in before."""
        again = np.zeros(len(owner), dtype=bool)
        for code in self._once:
            rows = np.flatnonzero(phase == code)
            again[rows[1:]] = owner[rows[1:]] == owner[rows[:-1]]
        return again


def _lapses_ahead(trace: PhaseTrace, seen: Ints) -> Iterator[tuple[Ints, Ints, Codes, None]]:
    """What lapses after customers' last events, step by step."""
    history = trace.history
    end = history.start[seen + 1]
    instant = history.occurred_at[end - 1] + 1 if len(seen) else np.zeros(0, dtype=np.int64)
    for _ in range(_AHEAD):
        phase, at = trace.next_entry(seen, end, instant)
        lapses = (at >= 0) & (at < _LATEST_MS)
        if not lapses.any():
            return
        seen, end, instant = seen[lapses], end[lapses], at[lapses] + 1
        yield seen, at[lapses], phase[lapses], None

"""Unpacked records are kept between questions.

Most pages ask about the same weeks: what was read and unpacked for one serves the next, until something is
rolled up anew. Filters make copies, so what is kept is never written to.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from models.arrays import Records
from nba_service.measures.rollups.packing import unpack
from nba_service.store.records.rollups import RollupTable

MOST_BYTES: Final = 64_000_000
Key = tuple[str, int, int]


class PackCache:
    """The latest records by kind and weeks, for several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._turn = -1
        self._kept: OrderedDict[Key, Records] = OrderedDict()
        self._lock = threading.Lock()

    def records(self, table: RollupTable, kind: str, first: int, last: int) -> Records:
        """The records of some weeks, as they are rolled up now."""
        turn, key = table.turn(), (kind, first, last)
        with self._lock:
            if turn != self._turn:
                self._kept.clear()
                self._turn = turn
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = unpack(kind, table.read(kind, first, last))
        if found.nbytes <= self._most // 2 and table.turn() == turn:
            with self._lock:
                if self._turn == turn:
                    self._kept[key] = found
                    while sum(one.nbytes for one in self._kept.values()) > self._most:
                        self._kept.popitem(last=False)
        return found

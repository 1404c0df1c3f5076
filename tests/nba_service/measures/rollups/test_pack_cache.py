"""What was unpacked is read once, until something is rolled up anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.measures.log.records import KINDS
from nba_service.measures.rollups.pack_cache import PackCache
from nba_service.measures.rollups.packing import pack


class Table:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.reads, self.at, self.rows = 0, 1, 3

    def turn(self) -> int:
        return self.at

    def read(self, kind: str, first: int, last: int) -> list[bytes]:
        self.reads += 1
        return [pack(np.zeros(self.rows, dtype=KINDS[kind]))]


def test_the_same_weeks_are_read_once_and_others_anew() -> None:
    table: Any = Table()
    cache = PackCache()

    assert len(cache.records(table, "moves", 0, 5)) == len(cache.records(table, "moves", 0, 5)) == 3
    assert table.reads == 1
    cache.records(table, "moves", 1, 5)
    cache.records(table, "events", 0, 5)
    assert table.reads == 3


def test_a_rollup_makes_everything_new() -> None:
    table: Any = Table()
    cache = PackCache()
    cache.records(table, "moves", 0, 5)
    table.at, table.rows = 2, 4

    assert len(cache.records(table, "moves", 0, 5)) == 4


def test_it_keeps_so_many_bytes_and_no_more() -> None:
    """Room for two packs: the one that was asked for longest ago goes."""
    table: Any = Table()
    size = 3 * KINDS["moves"].itemsize
    cache = PackCache(2 * size)
    for first in (0, 1, 0, 2):
        cache.records(table, "moves", first, 5)
    assert table.reads == 3
    cache.records(table, "moves", 0, 5)
    assert table.reads == 3
    cache.records(table, "moves", 1, 5)
    assert table.reads == 4

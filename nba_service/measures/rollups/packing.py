"""Packed records are compressed bytes of one kind.

They lie by week and bucket of customers.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from models.arrays import Records
from models.domain.history import DAY_MS
from models.measures.log.records import KINDS, Log, customer_hash

BUCKETS: Final = 16
WEEK_MS: Final = 7 * DAY_MS
PACKED_AS: Final = "rollup_packed_as"
"""The mark that says in which form the records of a store are packed."""
FORM: Final = customer_hash(repr(sorted((kind, form.descr) for kind, form in KINDS.items()))) >> 2
"""The form of this version; records of another are no use, and are rolled up anew."""
_LEVEL: Final = 1  # of compression: a quarter of the size for 3 ms a megabyte


def pack(records: Records) -> bytes:
    """Records as bytes; none: no bytes."""
    return zlib.compress(records.tobytes(), _LEVEL) if len(records) else b""


def unpack(kind: str, packs: Sequence[bytes]) -> Records:
    """The records of several packs, one after the other; they cannot be written to."""
    if not packs:
        return np.zeros(0, dtype=KINDS[kind])
    return np.frombuffer(b"".join(map(zlib.decompress, packs)), dtype=KINDS[kind])


def by_week(log: Log) -> Mapping[tuple[str, int], Records]:
    """Records of each kind by the week in which they lie, those of a customer in the order of time."""
    parts: dict[tuple[str, int], Records] = {}
    for kind in KINDS:
        records = log.of(kind)
        weeks = records["at"] // WEEK_MS
        order = np.lexsort((records["at"], records["customer"], weeks))
        records, weeks = records[order], weeks[order]
        found, starts = np.unique(weeks, return_index=True)
        for week, part in zip(found.tolist(), np.split(records, starts[1:]), strict=len(found) > 0):
            parts[kind, week] = part
    return parts

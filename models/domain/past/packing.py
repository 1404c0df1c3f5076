"""A past as bytes and back.

Columns lie as NumPy has them, so reading one is a view for each; what is not a column is read once and kept.
The head has a version and a checksum: bytes that are cut, damaged or of another version are refused, and
the past is made anew from the rows.
"""

from __future__ import annotations

import json
import struct
import zlib
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.domain.past.past import Checkpoint, Past, Totals
from models.domain.past.vocabulary import parse_vocabulary
from models.errors import PastError

VERSION: Final = 1

_HEAD: Final = struct.Struct("<BxxxI")
"""Version and checksum of what follows."""
_SIZES: Final = struct.Struct("<IIIIqq")
"""Events, totals, bytes of the vocabulary and of the checkpoint, folded_before, flags.

With the head a multiple of 8 bytes, so that columns lie where numbers should.
"""
_COLUMNS: Final = _HEAD.size + _SIZES.size
_WITH_CENTS: Final = 1
_WITH_PROPERTIES: Final = 2


def pack(past: Past) -> bytes:
    """The bytes of a past; the same past gives the same bytes."""
    cents = past.cents if past.cents.any() else past.cents[:0]
    totals = past.totals
    point = b"" if past.checkpoint is None else json.dumps(past.checkpoint).encode()
    text = past.vocabulary.text
    wide = [past.at, past.key, cents]
    if len(totals):
        wide += [totals.count, totals.first, totals.last, totals.cents]
    flags = (_WITH_CENTS if len(cents) else 0) | (_WITH_PROPERTIES if past.properties else 0)
    body = b"".join(
        (
            _SIZES.pack(len(past), len(totals), len(text), len(point), past.folded_before, flags),
            *(column.tobytes() for column in wide),
            *(column.tobytes() for column in (past.sort, totals.sort)),
            text,
            point,
        )
    )
    return _HEAD.pack(VERSION, zlib.crc32(body)) + body


def unpack(packed: bytes) -> Past:
    """The past that ``pack`` made bytes of.

    Raises:
        PastError: they are of another version, cut or damaged.
    """
    if len(packed) < _COLUMNS or packed[0] != VERSION:
        found = f"version {packed[0]}" if packed else "nothing"
        raise PastError(f"Expected a kept past of version {VERSION}, got {found}. It has to be made anew.")
    n, m, texts, points, before, flags = _SIZES.unpack_from(packed, _HEAD.size)
    cents = n if flags & _WITH_CENTS else 0
    end = _COLUMNS + 8 * (2 * n + cents + 4 * m) + 2 * (n + m)
    checksum = zlib.crc32(memoryview(packed)[_HEAD.size :])
    if len(packed) != end + texts + points or _HEAD.unpack_from(packed)[1] != checksum:
        raise PastError("A kept past is cut or damaged. It has to be made anew: nba doctor --states")
    wide = np.frombuffer(packed, "<i8", 2 * n + cents + 4 * m, _COLUMNS)
    narrow = np.frombuffer(packed, "<u2", n + m, _COLUMNS + 8 * len(wide))
    return Past(
        vocabulary=parse_vocabulary(packed[end : end + texts]),
        at=wide[:n],
        key=wide[n : 2 * n],
        cents=wide[2 * n : 3 * n] if cents else _zeros(n),
        sort=narrow[:n],
        totals=_totals(wide[2 * n + cents :], narrow[n:], m) if m else _NO_TOTALS,
        folded_before=before,
        checkpoint=_checkpoint(packed[end + texts :]) if points else None,
        properties=bool(flags & _WITH_PROPERTIES),
    )


def _totals(wide: NDArray[Any], sort: NDArray[Any], m: int) -> Totals:
    return Totals(sort, wide[:m], wide[m : 2 * m], wide[2 * m : 3 * m], wide[3 * m :])


@lru_cache(maxsize=4_096)
def _checkpoint(text: bytes) -> Checkpoint:
    phase, since, (before, last_but_one), entered, active, opened, unanswered = json.loads(text)
    return Checkpoint(phase, since, (before, last_but_one), entered, active, opened, unanswered)


def _zeros(n: int) -> NDArray[np.int64]:
    return _MANY_ZEROS[:n] if n <= len(_MANY_ZEROS) else np.zeros(n, dtype=np.int64)


_NO_TOTALS: Final = Totals()
_MANY_ZEROS: Final = np.zeros(16_384, dtype=np.int64)
_MANY_ZEROS.flags.writeable = False

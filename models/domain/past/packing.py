"""A past as bytes and back.

Columns lie as NumPy has them, so reading one is a view for each; what is not a column is read once and kept.
The head has a version and a checksum: bytes that are cut, damaged or of another version are refused, and
the past is made anew from the rows.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.domain.past.details import EVERYTHING, Last, Lasts
from models.domain.past.past import Checkpoint, Past, Totals
from models.domain.past.vocabulary import parse_vocabulary
from models.errors import PastError

VERSION: Final = 2
_PLAIN: Final = 1
"""The version of a past without properties, and of all that were packed before these were kept."""

_HEAD: Final = struct.Struct("<BxxxI")
"""Version and checksum of what follows."""
_SIZES: Final = struct.Struct("<IIIIqq")
"""Events, totals, bytes of the vocabulary and of the checkpoint, folded_before, flags.

With the head a multiple of 8 bytes, so that columns lie where numbers should.
"""
_COLUMNS: Final = _HEAD.size + _SIZES.size
_DETAILS: Final = struct.Struct("<II")
"""Codes of texts, and bytes of what is told in JSON; behind the checkpoint in version 2."""
_REACHED: Final = ""
_WITH_CENTS: Final = 1
_WITH_PROPERTIES: Final = 2
"""In version 1: events have properties that are not kept."""


def pack(past: Past) -> bytes:
    """The bytes of a past; the same past gives the same bytes, without properties those of version 1."""
    if past.packed is not None:
        return past.packed
    details = _pack_details(past)
    cents = past.cents if past.cents.any() else past.cents[:0]
    totals = past.totals
    point = b"" if past.checkpoint is None else _pack_checkpoint(past.checkpoint)
    text = past.vocabulary.text
    wide = [past.at, past.key, cents]
    if len(totals):
        wide += [totals.count, totals.first, totals.last, totals.cents]
    flags = (_WITH_CENTS if len(cents) else 0) | (_WITH_PROPERTIES if past.unkept else 0)
    body = b"".join(
        (
            _SIZES.pack(len(past), len(totals), len(text), len(point), past.folded_before, flags),
            *(column.tobytes() for column in wide),
            *(column.tobytes() for column in (past.sort, totals.sort)),
            text,
            point,
            details,
        )
    )
    return _HEAD.pack(VERSION if details else _PLAIN, zlib.crc32(body)) + body


def _pack_details(past: Past) -> bytes:
    """What is known of properties; nothing, if that is what version 1 says."""
    if not len(past.text) and not past.lasts and past.unkept in (frozenset(), EVERYTHING):
        return b""
    lasts = [[*which, *last] for which, last in sorted(past.lasts.items())]
    told = [past.texts, lasts, sorted(past.unkept)]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return b"".join((_DETAILS.pack(len(past.text), len(text)), past.text.astype("<u4").tobytes(), text))


def unpack(packed: bytes) -> Past:
    """The past that ``pack`` made bytes of.

    Raises:
        PastError: they are of another version, cut or damaged.
    """
    if len(packed) < _COLUMNS or packed[0] not in (_PLAIN, VERSION):
        found = f"version {packed[0]}" if packed else "nothing"
        raise PastError(f"Expected a kept past of version {VERSION}, got {found}. It has to be made anew.")
    n, m, texts, points, before, flags = _SIZES.unpack_from(packed, _HEAD.size)
    cents = n if flags & _WITH_CENTS else 0
    end = _COLUMNS + 8 * (2 * n + cents + 4 * m) + 2 * (n + m)
    point = end + texts
    details = packed[0] == VERSION
    checksum = zlib.crc32(memoryview(packed)[_HEAD.size :])
    if not _ends_at(packed, point + points, details) or _HEAD.unpack_from(packed)[1] != checksum:
        raise PastError("A kept past is cut or damaged. It has to be made anew: nba doctor --states")
    wide = np.frombuffer(packed, "<i8", 2 * n + cents + 4 * m, _COLUMNS)
    narrow = np.frombuffer(packed, "<u2", n + m, _COLUMNS + 8 * len(wide))
    past = Past(
        vocabulary=parse_vocabulary(packed[end:point]),
        at=wide[:n],
        key=wide[n : 2 * n],
        cents=wide[2 * n : 3 * n] if cents else _zeros(n),
        sort=narrow[:n],
        totals=_totals(wide[2 * n + cents :], narrow[n:], m) if m else _NO_TOTALS,
        folded_before=before,
        checkpoint=_checkpoint(packed[point : point + points]) if points else None,
        unkept=EVERYTHING if flags & _WITH_PROPERTIES else _NO_NAMES,
    )
    if details:
        past = _with_details(past, packed, point + points)
    object.__setattr__(past, "packed", packed)  # another past, made of this one, has none
    return past


def _ends_at(packed: bytes, end: int, details: bool) -> bool:
    """Whether a past is as long as its head says; the details begin at ``end``."""
    if not details or len(packed) < end + _DETAILS.size:
        return not details and len(packed) == end
    codes, told = map(int, _DETAILS.unpack_from(packed, end))
    return len(packed) == end + _DETAILS.size + 4 * codes + told


def _with_details(past: Past, packed: bytes, begin: int) -> Past:
    codes, _ = _DETAILS.unpack_from(packed, begin)
    begin += _DETAILS.size
    texts, lasts, unkept = _told(packed[begin + 4 * codes :])
    return replace(
        past, texts=texts, text=np.frombuffer(packed, "<u4", codes, begin), lasts=lasts, unkept=unkept
    )


@lru_cache(maxsize=1_024)
def _told(text: bytes) -> tuple[tuple[str, ...], Lasts, frozenset[str]]:
    texts, lasts, unkept = json.loads(text.decode("utf-8", "surrogatepass"))
    return tuple(texts), {(name, of): Last(*last) for name, of, *last in lasts}, frozenset(unkept)


def _totals(wide: NDArray[Any], sort: NDArray[Any], m: int) -> Totals:
    return Totals(sort, wide[:m], wide[m : 2 * m], wide[2 * m : 3 * m], wide[3 * m :])


def _pack_checkpoint(point: Checkpoint) -> bytes:
    """Phases reached stand among the actions, under a name that no action has: older releases skip it."""
    told = {**point.open, _REACHED: list(point.reached)} if point.reached else point.open
    return json.dumps([*point[:6], told]).encode()


@lru_cache(maxsize=4_096)
def _checkpoint(text: bytes) -> Checkpoint:
    phase, since, (before, last_but_one), entered, active, opened, unanswered = json.loads(text)
    reached = tuple(unanswered.pop(_REACHED, ()))
    return Checkpoint(phase, since, (before, last_but_one), entered, active, opened, unanswered, reached)


def _zeros(n: int) -> NDArray[np.int64]:
    return _MANY_ZEROS[:n] if n <= len(_MANY_ZEROS) else np.zeros(n, dtype=np.int64)


_NO_NAMES: Final[frozenset[str]] = frozenset()
_NO_TOTALS: Final = Totals()
_MANY_ZEROS: Final = np.zeros(16_384, dtype=np.int64)
_MANY_ZEROS.flags.writeable = False

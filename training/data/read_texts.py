"""Times and numbers that come as texts, row by row.

What can be read in one way only is read; every other row is a reject that says what to state. Knows texts;
knows nothing of tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Mask

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,9}))?)?"
    r" ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_UTC: Final = ZoneInfo("UTC")
_SLASHES: Final = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}.*")


@dataclass(frozen=True, slots=True)
class Unread:
    """Rows of a column that cannot be read.

    ``reason``: of a row, by its position from 0.
    """

    column: str
    rows: Mask
    reason: Callable[[int], str]


def read_numbers(column: str, values: Any) -> tuple[Any, Unread]:
    """Texts as numbers; what is none is null and unread."""
    return _read(column, values, _number, pa.float64(), _number_reason)


def read_instants(column: str, values: Any, kind: Any, time_zone: str | None) -> tuple[Any, Unread]:
    """Texts as instants; times without a zone are of ``time_zone``, or unread if there is none.

    So is a time that the zone's clocks show twice, or never: which one is meant only the source knows.
    """
    zone = None if time_zone is None else ZoneInfo(time_zone)

    def reason(text: str) -> str:
        return clock_change(text, time_zone) if _is_told(text, zone) else _time_reason(text)

    numbers, unread = _read(column, values, lambda text: _instant(text, zone), pa.int64(), reason)
    return pc.cast(numbers, kind), unread


def clock_change(shown: object, time_zone: str | None) -> str:
    """Why a time without a zone cannot be read in the hour in which clocks change."""
    return (
        f"expected a time that clocks of {time_zone} show once, got {str(shown)!r}, when they change;"
        " state its offset, as in +01:00"
    )


def _read(
    column: str, values: Any, read: Callable[[str], Any], kind: Any, reason: Callable[[str], str]
) -> tuple[Any, Unread]:
    """Each distinct text is looked at once."""
    texts = pc.cast(values, pa.string())
    texts = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    words = texts.dictionary.to_pylist()
    found = [read(word.strip()) for word in words]
    numbers = pc.take(pa.array(found, kind), texts.indices)
    unread = np.asarray(pc.and_(texts.is_valid(), numbers.is_null()))
    codes = pc.fill_null(texts.indices, 0).to_numpy(zero_copy_only=False)
    return numbers, Unread(column, unread.astype(bool), lambda row: reason(words[codes[row]][:60]))


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) and any(sign.isdigit() for sign in text) else None


def _number_reason(text: str) -> str:
    stated = "; state `decimal` of its source" if re.fullmatch(r"[0-9.,-]+", text) else ""
    return f"expected a number, got {text!r}{stated}"


def _instant(text: str, zone: ZoneInfo | None) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    if offset is None and zone is None:
        return None
    stated = {"Z": "+00:00", "UTC": "+00:00"}.get(offset or "", offset or "")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{stated}")
    except ValueError:
        return None
    aware = moment.replace(tzinfo=zone) if offset is None else moment
    if offset is None and aware.utcoffset() != aware.replace(fold=1).utcoffset():
        return None
    return round(aware.astimezone(UTC).timestamp()) * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def _is_told(text: str, zone: ZoneInfo | None) -> bool:
    """Whether it is a whole time, and its zone is known."""
    return zone is not None and _instant(text.strip(), _UTC) is not None


def _time_reason(text: str) -> str:
    if _TIME.fullmatch(text.strip()):
        return f"expected a time with its zone, got {text!r}; state `time_zone`"
    stated = "; state its format under `formats` of its source" if _SLASHES.fullmatch(text.strip()) else ""
    return f"expected a time such as 2026-11-20T18:04:00Z, got {text!r}{stated}"

"""How far a time zone is from UTC at given instants.

Knows zones by their IANA names, through ``zoneinfo``; knows nothing of customers. Each zone's changes
from 1970 to 2100 are found once by bisection and kept, so that a million instants cost one search.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from models.arrays import Ints
from models.errors import UnknownNameError

_LAST_S: Final = 4_133_980_800  # 2101
_STEP_S: Final = 4 * 86_400  # no zone has two changes within six days (tzdata 2026)


def utc_offset_ms(time_zone: str, instants: Ints) -> Ints:
    """Local time minus UTC, in milliseconds.

    Args:
        time_zone: IANA name, such as ``Europe/Vienna``.
        instants: any shape, int64. Milliseconds since 1970 UTC; before 1970 and after 2100 the zone
            keeps the offset it had at that end.

    Returns:
        Shape of ``instants``, int64.

    Raises:
        UnknownNameError: there is no such time zone.

    Example:
        >>> utc_offset_ms("Europe/Vienna", np.array([1_750_000_000_000])) // 3_600_000
        array([2])
    """
    changes, offsets = _changes(time_zone)
    return offsets[changes.searchsorted(instants, side="right")]


@lru_cache(maxsize=1024)
def _changes(time_zone: str) -> tuple[Ints, NDArray[Any]]:
    """Instants of change (k,), ascending, and the offsets before, between and after them (k + 1,)."""
    zone = _zone(time_zone)
    changes: list[int] = []
    offsets = [_offset_ms(zone, 0)]
    moment, step = datetime(1970, 1, 1, tzinfo=zone), timedelta(seconds=_STEP_S)  # UTC, as `fromutc` takes it
    before = zone.fromutc(moment) - moment
    for low in range(0, _LAST_S, _STEP_S):
        high = low + _STEP_S
        moment += step
        after = zone.fromutc(moment) - moment
        if after != before:
            before = after
            changes.append(_bisect(zone, low, high) * 1000)
            offsets.append(_offset_ms(zone, high))
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _bisect(zone: ZoneInfo, low: int, high: int) -> int:
    """First second after ``low`` with another offset than at ``low``."""
    before = _offset_ms(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_ms(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset_ms(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownNameError(
            f"there is no time zone {time_zone!r}; use an IANA name such as 'Europe/Vienna'"
        ) from error

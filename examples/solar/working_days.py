"""When people work: days on which fitters are on roofs, and hours at which a mail may come.

Days are Monday to Friday, without public holidays of the whole country.

Knows Germany, Austria and Switzerland; a year's holidays are worked out once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

_FIXED: Final = {
    "de": ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
    "at": ((1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)),
    "ch": ((1, 1), (8, 1), (12, 25)),
}
_AFTER_EASTER: Final = {"de": (-2, 1, 39, 50), "at": (1, 39, 50, 60), "ch": (39,)}  # days
_CLOSED: Final = ((12, 24), (12, 31))


def office_hours(now: datetime) -> datetime:
    """The last moment, at or before now, when nobody is asleep: a mail asked for at night gets nothing."""
    today = now.replace(hour=9, minute=0, second=0, microsecond=0)
    return now if 9 <= now.hour < 17 else today if now.hour >= 17 else today - timedelta(days=1)


def working_day_after(start: date, days: int, country: str) -> date:
    """The day ``days`` working days after ``start``, which does not count itself."""
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while day.weekday() >= 5 or day in holidays(day.year, country):
            day += timedelta(days=1)
    return day


@lru_cache(maxsize=64)
def holidays(year: int, country: str) -> frozenset[date]:
    """Public holidays of the whole country and the days between the years when nobody works."""
    fixed = {date(year, month, day) for month, day in (*_FIXED[country], *_CLOSED)}
    return frozenset(fixed | {easter(year) + timedelta(days=n) for n in _AFTER_EASTER[country]})


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)

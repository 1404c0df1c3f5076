"""One check for each kind of value, whichever door it comes through.

API, clients of other tools, mail, imports and training tables ask here. Knows values; knows nothing of
requests, files or tables.
"""

from __future__ import annotations

import math
import re
import zoneinfo
from functools import lru_cache
from typing import Final

from models.domain.journey import Attribute, AttributeType

LOCALE_LENGTH: Final = 35
LOCALE_EXPECTED: Final = "a language tag such as de-AT"
TIME_ZONE_EXPECTED: Final = "an IANA time zone such as Europe/Vienna"
_OF_A_MACHINE: Final = frozenset({"localtime", "posixrules", "Factory"})
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*")


def is_locale(text: str) -> bool:
    """Whether a text is a language tag.

    Example:
        >>> is_locale("de-AT"), is_locale("German!")
        (True, False)
    """
    return len(text) <= LOCALE_LENGTH and _LOCALE.fullmatch(text) is not None


def is_time_zone(text: str) -> bool:
    """Whether there is an IANA time zone of that name."""
    return text in _time_zones()


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - _OF_A_MACHINE


def attribute_expected(attribute: Attribute, value: object) -> str | None:
    """What was expected of an attribute, if ``value`` is not it; null means unknown and always fits."""
    if value is None:
        return None
    if attribute.type is AttributeType.NUMBER:
        return None if _fits(attribute, value) else _number_text(attribute)
    if attribute.type is AttributeType.BOOLEAN:
        return None if isinstance(value, bool) else "true or false"
    if not isinstance(value, str):
        return "a text"
    if attribute.type is AttributeType.CATEGORY and attribute.values and value not in attribute.values:
        return "one of " + ", ".join(attribute.values[:30])
    return None


def _fits(attribute: Attribute, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    low = attribute.minimum is None or value >= attribute.minimum
    return low and (attribute.maximum is None or value <= attribute.maximum)


def _number_text(attribute: Attribute) -> str:
    low = "" if attribute.minimum is None else f" from {attribute.minimum:g}"
    high = "" if attribute.maximum is None else f" up to {attribute.maximum:g}"
    return f"a number{low}{high}"

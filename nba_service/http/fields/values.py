"""Fields of single values: numbers, flags, moments and free scalars."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Final, Unpack

from marshmallow import ValidationError, fields

from nba_service.http.fields.base import Expected, FieldOptions, Given, in_range, messages
from nba_service.http.fields.texts import MAX_TEXT

MAX_AMOUNT: Final = 1e12
MAX_NUMBER: Final = 2**53 - 1  # of values that rules and models read: every whole number up to it is exact

_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


class Number(fields.Float):
    """A finite number; texts and booleans are not numbers."""

    def __init__(
        self, *, minimum: float = -MAX_AMOUNT, maximum: float = MAX_AMOUNT, **kwargs: Unpack[FieldOptions]
    ) -> None:
        expected = f"a number from {minimum:g} to {maximum:g}"
        kwargs.setdefault("error_messages", messages(expected))
        super().__init__(validate=in_range(expected, minimum, maximum), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.make_error("invalid")
        return float(value)


class Whole(fields.Integer):
    """A whole number in a range."""

    def __init__(self, *, minimum: int, maximum: int, **kwargs: Unpack[FieldOptions]) -> None:
        expected = f"a whole number from {minimum} to {maximum}"
        kwargs.setdefault("error_messages", messages(expected))
        super().__init__(strict=True, validate=in_range(expected, minimum, maximum), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class Flag(fields.Boolean):
    """true or false, nothing that only looks like it."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        kwargs.setdefault("error_messages", messages("true or false"))
        super().__init__(**kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Instant(fields.DateTime):
    """A moment (RFC 3339) with its time zone.

    Becomes an aware ``datetime`` in UTC, whole milliseconds.
    """

    EXPECTED: Final = "a time with its zone such as 2026-11-20T18:04:00Z"

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        kwargs.setdefault("error_messages", messages(self.EXPECTED))
        super().__init__(**kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> datetime:
        return parse_instant(value)


def parse_instant(value: object) -> datetime:
    """The moment that an RFC 3339 text names, in UTC.

    Raises:
        ValidationError: it names none, has no zone, or lies before 1970.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValidationError(Expected(Instant.EXPECTED, "TIME_INVALID"))
    day, clock, fraction, zone = match.groups()
    if zone is None:
        remedy = "Append Z for UTC, or the offset, for instance +01:00."
        raise ValidationError(Expected(Instant.EXPECTED, "TIME_ZONE_MISSING", remedy))
    try:
        text = f"{day}T{clock}.{(fraction or '0')[:3].ljust(3, '0')}{zone.upper()}"
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError(Expected(Instant.EXPECTED, "TIME_INVALID")) from None
    if moment.year < 1970:
        raise ValidationError(Expected("a time from 1970 on", "FIELD_RANGE"))
    return moment


class Scalar(fields.Raw):
    """A bounded text, a number, true, false or null."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        expected = (
            f"a text of at most {MAX_TEXT} characters, a number from -{MAX_NUMBER} to {MAX_NUMBER},"
            " true, false or null"
        )
        kwargs.setdefault("metadata", {"description": expected})
        kwargs.setdefault("error_messages", messages(expected))
        kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> str | float | bool:
        if isinstance(value, bool) or (isinstance(value, str) and len(value) <= MAX_TEXT):
            return value
        if isinstance(value, int | float) and abs(value) <= MAX_NUMBER:
            return value
        raise self.make_error("invalid")

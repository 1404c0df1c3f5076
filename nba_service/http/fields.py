"""Strict marshmallow fields that say what they expected.

What they expected comes under a stable code. Knows single values: text, numbers, times, names, free JSON;
knows nothing of requests. marshmallow's own fields turn "1" into 1 and 1 into true; these do not, because a
caller who sends the wrong type should hear of it before a model does.
"""

from __future__ import annotations

import math
import re
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypedDict, TypeVar, Unpack

import orjson
from marshmallow import ValidationError, fields, validate
from marshmallow.types import ErrorMessages

from nba_service.ids import ID_EXPECTED, MAX_ID, read_id, stored_id

MAX_NAME: Final = 100
MAX_TEXT: Final = 1_000
MAX_PROPERTIES_BYTES: Final = 8_192
MAX_AMOUNT: Final = 1e12
MAX_NUMBER: Final = 2**53 - 1  # of values that rules and models read: every whole number up to it is exact

_NAME: Final = re.compile(r"[\w .:@/-]+")
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


Given: TypeAlias = Mapping[str, object] | None
"""The object that a field's value comes from."""

Item = TypeVar("Item")


class FieldOptions(TypedDict, total=False):
    """What every field may be told, as marshmallow names it."""

    required: bool
    allow_none: bool | None
    load_default: object
    data_key: str | None
    attribute: str | None
    metadata: Mapping[str, object] | None
    error_messages: ErrorMessages | None


class Expected(str):
    """What a field expects, as error text.

    Carries its code and survives marshmallow's formatting.
    """

    __slots__ = ("code", "remedy")
    code: str
    remedy: str

    def __new__(cls, text: str, code: str = "FIELD_TYPE", remedy: str = "") -> Expected:
        made = super().__new__(cls, text)
        made.code, made.remedy = code, remedy
        return made

    def format(self, *args: object, **kwargs: object) -> Expected:
        return Expected(super().format(*args, **kwargs), self.code, self.remedy)


def _messages(invalid: str, remedy: str = "") -> ErrorMessages:
    return {
        "required": Expected(invalid, "FIELD_REQUIRED", remedy),
        "null": Expected(f"{invalid}, not null", "FIELD_TYPE", remedy),
        "invalid": Expected(invalid, "FIELD_TYPE", remedy),
    }


def _range(text: str, minimum: float, maximum: float) -> validate.Range:
    return validate.Range(minimum, maximum, error=Expected(text, "FIELD_RANGE"))


def _length(text: str, **bounds: int) -> validate.Length:
    return validate.Length(**bounds, error=Expected(text, "FIELD_RANGE"))


class Text(fields.String):
    """A text of bounded length without control characters."""

    def __init__(
        self, *, maximum: int = MAX_TEXT, expected: str | None = None, **kwargs: Unpack[FieldOptions]
    ) -> None:
        self.expected = expected or f"a text of 1 to {maximum} characters"
        kwargs.setdefault("error_messages", _messages(self.expected))
        super().__init__(validate=_length(self.expected, min=1, max=maximum), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if not value.isprintable():
            raise ValidationError(Expected(f"{self.expected}, printable ones only", "FIELD_RANGE"))
        return value


class Id(Text):
    """An id that can stand in an address.

    Letters, digits and ``._~:@+=|*,;!$'()&-``, parted by ``/``.
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        kwargs.setdefault("metadata", {"examples": ["mail-77/c-1042"]})
        super().__init__(maximum=MAX_ID, expected=ID_EXPECTED, **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text:
            return text
        named = read_id(text)
        if named is not None:
            return named
        if stored_id(text) is None:
            raise ValidationError(Expected(self.expected, "FIELD_RANGE", "Encode other characters yourself."))
        raise ValidationError(
            Expected(
                "somebody's or something's own id, no placeholder",
                "ID_PLACEHOLDER",
                "Send nothing until the id is known; without one, leave the field out or draw an id.",
            )
        )


class Name(Text):
    """A name that the journey file may have.

    Of a phase, channel, action, touchpoint, outcome.
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(
            maximum=MAX_NAME,
            expected=f"a name of 1 to {MAX_NAME} letters, digits, blanks or .:@/_-",
            **kwargs,
        )

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not _NAME.fullmatch(text):
            raise ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text


class Word(Text):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Unpack[FieldOptions]) -> None:
        self.words = words
        super().__init__(maximum=MAX_NAME, expected=" or ".join(repr(word) for word in words), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and text not in self.words:
            raise ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text


class Locale(Text):
    """A language tag such as ``de-AT``."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(maximum=35, expected="a language tag such as de-AT", **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not re.fullmatch(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*", text):
            raise ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_time_zone(text: str) -> bool:
    """Whether there is an IANA time zone of that name."""
    return text in _time_zones()


class TimeZone(Text):
    """An IANA time zone such as ``Europe/Vienna``."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(maximum=64, expected="an IANA time zone such as Europe/Vienna", **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not is_time_zone(text):
            raise ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text


class Number(fields.Float):
    """A finite number; texts and booleans are not numbers."""

    def __init__(
        self, *, minimum: float = -MAX_AMOUNT, maximum: float = MAX_AMOUNT, **kwargs: Unpack[FieldOptions]
    ) -> None:
        expected = f"a number from {minimum:g} to {maximum:g}"
        kwargs.setdefault("error_messages", _messages(expected))
        super().__init__(validate=_range(expected, minimum, maximum), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.make_error("invalid")
        return float(value)


class Whole(fields.Integer):
    """A whole number in a range."""

    def __init__(self, *, minimum: int, maximum: int, **kwargs: Unpack[FieldOptions]) -> None:
        expected = f"a whole number from {minimum} to {maximum}"
        kwargs.setdefault("error_messages", _messages(expected))
        super().__init__(strict=True, validate=_range(expected, minimum, maximum), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class Flag(fields.Boolean):
    """true or false, nothing that only looks like it."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        kwargs.setdefault("error_messages", _messages("true or false"))
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
        kwargs.setdefault("error_messages", _messages(self.EXPECTED))
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
        kwargs.setdefault("error_messages", _messages(expected))
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


class Listed(fields.List[Item]):
    """A list of bounded length."""

    def __init__(
        self, inner: fields.Field[Item], *, maximum: int, minimum: int = 0, **kwargs: Unpack[FieldOptions]
    ) -> None:
        expected = f"a list of {minimum} to {maximum} entries"
        kwargs.setdefault("error_messages", _messages(expected))
        super().__init__(inner, validate=_length(expected, min=minimum, max=maximum), **kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> list[Item | None]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self._validate(value)  # the length first: a million bad entries are one problem
        return super()._deserialize(value, attr, data, **kwargs)


class Mapped(fields.Dict):
    """An object of bounded size, with values of one kind."""

    def __init__(self, values: fields.Field[Item], *, maximum: int, **kwargs: Unpack[FieldOptions]) -> None:
        expected = f"an object of at most {maximum} entries"
        kwargs.setdefault("error_messages", _messages(expected))
        super().__init__(keys=Name(), values=values, validate=_length(expected, max=maximum), **kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        self._validate(value)
        loaded: dict[str, object] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        return loaded


class Properties(fields.Dict):
    """Any JSON object of at most 8 KiB.

    What came with an interaction.
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        self.expected = f"an object of at most {MAX_PROPERTIES_BYTES} bytes"
        kwargs.setdefault("error_messages", _messages(self.expected))
        super().__init__(**kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if len(orjson.dumps(value)) > MAX_PROPERTIES_BYTES:
            raise ValidationError(Expected(self.expected, "FIELD_RANGE", "Send what rules and models read."))
        return value


class RequestContext(fields.Dict):
    """What is known of the situation: flat values by name.

    Three names have a meaning of their own: ``time`` (of the decision, when it is not now), ``locale``, and
    ``weights`` (action or group → factor).
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        description = (
            "locale, device and other flat values; time: of the decision, when it is not now;"
            " weights: action or group → factor 0 to 100"
        )
        expected = "an object of at most 50 entries"
        kwargs.setdefault("error_messages", _messages(expected))
        kwargs.setdefault("metadata", {"description": description})
        super().__init__(**kwargs)
        self._values = Mapped(Scalar(), maximum=50)
        self._weights = Mapped(Number(minimum=0, maximum=100), maximum=200)
        self._locale = Locale(allow_none=True)
        self._time = Instant(allow_none=True)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        special: Mapping[str, fields.Field[Any]] = {
            "weights": self._weights,
            "locale": self._locale,
            "time": self._time,
        }
        rest = {key: item for key, item in value.items() if key not in special}
        loaded: dict[str, object] = self._values.deserialize(rest)
        for key, field in special.items():
            if value.get(key) is not None:
                try:
                    loaded[key] = field.deserialize(value[key])
                except ValidationError as error:
                    raise ValidationError({key: error.messages}) from None
        return loaded

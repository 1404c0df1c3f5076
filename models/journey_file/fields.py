"""The kinds of values that a journey file has.

Stricter than marshmallow's own: no text that happens to look like a number, no 1 for true, no NaN.
Every message has the form of ``problems.mismatch``. Fields that hold other fields keep the parts that
are right, so that later checks still find names in a file that is wrong elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from models.journey_file.problems import closest, listed, mismatch

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_NAME_REMEDY = "use small letters, digits and _, starting with a letter, at most 64"


class Kind(fields.Field[Any]):
    """A value of one kind.

    ``accept`` returns it, or None-like refusal by raising ``ValueError``.
    """

    expected: str = "a value"
    remedy: str = "correct it"

    def __init__(
        self,
        *,
        required: bool = False,
        expected: str | None = None,
        remedy: str | None = None,
        data_key: str | None = None,
    ):
        self.expected = expected or self.expected
        self.remedy = remedy or self.remedy
        message = f"expected {self.expected}, got nothing; add it"
        super().__init__(
            required=required, data_key=data_key, error_messages={"required": message, "null": message}
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return self.accept(value)
        except ValueError as refusal:
            got = str(refusal)
            text = f"expected {self.expected}, got {got}; {self.remedy}" if got else self._say(value)
            raise ValidationError(text) from refusal

    def _say(self, value: Any) -> str:
        return mismatch(self.expected, value, self.remedy)

    def accept(self, value: Any) -> Any:
        """The value as the rest of the code has it.

        ``ValueError`` (empty) if it is not of this kind.
        """
        raise NotImplementedError


class Text(Kind):
    """Any text; numbers are not turned into text."""

    expected = "a text"
    remedy = "write a text, in quotes if it looks like a number"

    def __init__(self, *, most: int = 200, empty: bool = False, **options: Any):
        self._most = most
        self._empty = empty
        super().__init__(**options)

    def accept(self, value: Any) -> str:
        if not isinstance(value, str) or not (value.strip() or self._empty):
            raise ValueError
        if len(value) > self._most:
            raise ValueError(f"{len(value)} characters (at most {self._most})")
        return value


class Matching(Kind):
    """A text of a stated form."""

    def __init__(self, pattern: re.Pattern[str], **options: Any):
        self._pattern = pattern
        super().__init__(**options)

    def accept(self, value: Any) -> str:
        if not isinstance(value, str) or not self._pattern.fullmatch(value):
            raise ValueError
        return value


def name_field(**options: Any) -> Matching:
    """A reference to something declared elsewhere; whether it is, ``references`` checks."""
    return Matching(NAME, expected="a name", remedy=_NAME_REMEDY, **options)


def code_field(**options: Any) -> Matching:
    """A reason code that answers carry."""
    return Matching(
        _CODE, expected="a code such as TICKET_OPEN", remedy="use capital letters, digits and _", **options
    )


class Number(Kind):
    """A finite number in a range."""

    remedy = "write a number in that range"

    def __init__(
        self,
        *,
        least: float = -1e12,
        most: float = 1e12,
        above: bool = False,
        whole: bool = False,
        **options: Any,
    ):
        self._least, self._most, self._above, self._whole = least, most, above, whole
        kind = "a whole number" if whole else "a number"
        low = f"above {least:g}" if above else f"of at least {least:g}"
        high = f" and at most {most:g}" if most < 1e12 else ""
        text = kind + (f" {low}{high}" if least > -1e12 else "")
        super().__init__(expected=options.pop("expected", text), **options)

    def accept(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError
        if self._whole and not isinstance(value, int):
            raise ValueError
        if not self._least <= value <= self._most or (self._above and value == self._least):
            raise ValueError
        return value if self._whole else float(value)


def days(least: float, **options: Any) -> Number:
    """A duration in days."""
    return Number(least=least, most=36_500, remedy="write a number of days such as 30", **options)


class Scalar(Kind):
    """A number, a text, true or false, as an attribute has it."""

    expected = "a number, a text, true or false"
    remedy = "write one value"

    def accept(self, value: Any) -> Any:
        if not isinstance(value, (bool, int, float, str)):
            raise ValueError
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError
        return value


class Flag(Kind):
    """true or false."""

    expected = "true or false"
    remedy = "write true or false without quotes"

    def accept(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value


class Choice(Kind):
    """One word of an enumeration."""

    remedy = "use one of them"

    def __init__(self, words: type[StrEnum], **options: Any):
        self._words = words
        super().__init__(expected=f"one of {listed(words)}", **options)

    def accept(self, value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in list(self._words):
            raise ValueError
        return self._words(value)


class HorizonDays(Number):
    """A number of days, or the word ``next``: None in the domain."""

    def __init__(self) -> None:
        super().__init__(
            least=0,
            above=True,
            most=3_650,
            expected='a number of days above 0, or "next"',
            remedy="write 14, say",
        )

    def accept(self, value: Any) -> Any:
        return None if value == "next" else super().accept(value)


class Clock(Kind):
    """A time of day, hours and minutes."""

    expected = "a time of day such as 21:00"
    remedy = "write HH:MM, 24 hours, local time of the customer"

    def accept(self, value: Any) -> time:
        if not isinstance(value, str) or not re.fullmatch(r"[0-2][0-9]:[0-5][0-9]", value):
            raise ValueError
        return time.fromisoformat(value)


class Moment(Kind):
    """A point in time with its zone."""

    expected = "a date and time with its zone such as 2026-03-01T00:00:00+01:00"
    remedy = "add the zone at the end (Z is UTC)"

    def accept(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise ValueError
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError from None
        if moment.tzinfo is None:
            raise ValueError(f'"{value}", which has no zone')
        return moment


class TimeZone(Kind):
    """An IANA time zone."""

    expected = "an IANA time zone such as Europe/Berlin"
    remedy = "take a name from the list at https://www.iana.org/time-zones"

    def accept(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError from None
        return value


class Link(Text):
    """A web address, or the start of one that a template completes.

    Never a script.
    """

    expected = "an address that starts with https://, http://, mailto:, tel:, / or {{"
    remedy = "write the whole address"

    def __init__(self) -> None:
        super().__init__(most=2_000, empty=True)

    def accept(self, value: Any) -> str:
        text = super().accept(value)
        if text and not text.startswith(("https://", "http://", "mailto:", "tel:", "/", "{{")):
            raise ValueError
        return text


class Section(Kind):
    """A mapping with fields of its own.

    ``short``: the field that a bare text stands for.
    """

    def __init__(self, schema: type[Schema], *, short: str | None = None, **options: Any):
        self._schema = schema()
        self._short = short
        super().__init__(
            expected="a mapping" + (f" or a text ({short})" if short else ""),
            remedy=f"give it fields: {listed(self._schema.fields)}",
            **options,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if self._short and isinstance(value, str):
            value = {self._short: value}
        if not isinstance(value, Mapping):
            raise ValidationError(self._say(value))
        return self._schema.load(value)


class Several(Kind):
    """A list."""

    expected = "a list"
    remedy = "write [a, b] or one `- ` a line"

    def __init__(self, inner: Kind, *, most: int = 200, **options: Any):
        self._inner = inner
        self._most = most
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise ValidationError(self._say(value))
        if len(value) > self._most:
            raise ValidationError(
                f"expected at most {self._most} entries, got {len(value)}; shorten the list"
            )
        good: list[Any] = []
        errors: dict[Any, Any] = {}
        for index, item in enumerate(value):
            try:
                good.append(self._inner.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
                good.append(error.valid_data)
        if errors:
            raise ValidationError(errors, valid_data=good)
        return good


class Named(Kind):
    """A mapping from the author's names to values of one kind.

    The order of the file is kept.
    """

    expected = "a mapping of names"
    remedy = "write `name: …`, one a line"

    def __init__(
        self, inner: Kind, *, key: re.Pattern[str] = NAME, least: int = 0, most: int = 500, **options: Any
    ):
        self._inner = inner
        self._key = key
        self._least, self._most = least, most
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError(self._say(value))
        if not self._least <= len(value) <= self._most:
            wanted = f"at least {self._least}" if len(value) < self._least else f"at most {self._most}"
            raise ValidationError(f"expected {wanted} entries, got {len(value)}; add or remove some")
        good: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, item in value.items():
            if not self._key.fullmatch(name):
                remedy = _NAME_REMEDY if self._key is NAME else "write a language such as en, de or de-AT"
                errors[name] = [mismatch("a name" if self._key is NAME else "a locale", name, remedy)]
                continue
            try:
                good[name] = self._inner.deserialize(item)
            except ValidationError as error:
                errors[name] = error.messages
                good[name] = error.valid_data
        if errors:
            raise ValidationError(errors, valid_data=good)
        return good


class Shape(Schema):
    """Base of the file's sections.

    A field that does not exist is a problem that names those that do.
    """

    class Meta:
        unknown = EXCLUDE  # the check below says more than marshmallow's "Unknown field."

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def no_unknown_fields(self, _data: Any, original: Mapping[str, Any], **_: Any) -> None:
        known = {f.data_key or name for name, f in self.fields.items()}
        strange = [key for key in original if key not in known]
        if strange:
            raise ValidationError({key: [_unknown_field(key, known)] for key in strange})


def _unknown_field(key: str, known: set[str]) -> str:
    near = closest(key, known)
    remedy = f"did you mean {near}?" if near else "remove it or move it to the section it belongs to"
    return mismatch(f"one of the fields {listed(sorted(known), most=20)}", key, remedy)

"""Options of all fields, and errors that say what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypedDict

from marshmallow import validate
from marshmallow.types import ErrorMessages

Given: TypeAlias = Mapping[str, object] | None
"""The object that a field's value comes from."""


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
        expected = super().__new__(cls, text)
        expected.code, expected.remedy = code, remedy
        return expected

    def format(self, *args: object, **kwargs: object) -> Expected:
        return Expected(super().format(*args, **kwargs), self.code, self.remedy)


def messages(invalid: str, remedy: str = "") -> ErrorMessages:
    """What a field says when its value is missing, null or of another type."""
    return {
        "required": Expected(invalid, "FIELD_REQUIRED", remedy),
        "null": Expected(f"{invalid}, not null", "FIELD_TYPE", remedy),
        "invalid": Expected(invalid, "FIELD_TYPE", remedy),
    }


def in_range(text: str, minimum: float, maximum: float) -> validate.Range:
    """Refuses numbers outside of a range; ``text``: what was expected."""
    return validate.Range(minimum, maximum, error=Expected(text, "FIELD_RANGE"))


def of_length(text: str, **bounds: int) -> validate.Length:
    """Refuses what is too long or too short; ``text``: what was expected."""
    return validate.Length(**bounds, error=Expected(text, "FIELD_RANGE"))

"""Fields of texts: ids, names, words, languages and time zones."""

from __future__ import annotations

import re
from typing import Final, Unpack

from marshmallow import ValidationError, fields

from models.domain.field_values import (
    LOCALE_EXPECTED,
    LOCALE_LENGTH,
    TIME_ZONE_EXPECTED,
    is_locale,
    is_time_zone,
)
from models.domain.ids import ID_EXPECTED, MAX_ID, read_id, stored_id
from nba_service.http.fields.base import Expected, FieldOptions, Given, messages, of_length

MAX_NAME: Final = 100
MAX_TEXT: Final = 1_000

_NAME: Final = re.compile(r"[\w .:@/-]+")


class Text(fields.String):
    """A text of bounded length without control characters."""

    def __init__(
        self, *, maximum: int = MAX_TEXT, expected: str | None = None, **kwargs: Unpack[FieldOptions]
    ) -> None:
        self.expected = expected or f"a text of 1 to {maximum} characters"
        kwargs.setdefault("error_messages", messages(self.expected))
        super().__init__(validate=of_length(self.expected, min=1, max=maximum), **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if not value.isprintable():
            raise ValidationError(Expected(f"{self.expected}, printable ones only", "FIELD_RANGE"))
        return value


class Document(fields.String):
    """A text of many lines, such as a file.

    ``what`` names it in errors.
    """

    def __init__(self, what: str, *, maximum: int, **kwargs: Unpack[FieldOptions]) -> None:
        expected = f"{what}, a text of 1 to {maximum} characters"
        kwargs.setdefault("error_messages", messages(expected))
        super().__init__(validate=of_length(expected, min=1, max=maximum), **kwargs)


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
        super().__init__(maximum=LOCALE_LENGTH, expected=LOCALE_EXPECTED, **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not is_locale(text):
            raise ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text


class TimeZone(Text):
    """An IANA time zone such as ``Europe/Vienna``."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(maximum=64, expected=TIME_ZONE_EXPECTED, **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not is_time_zone(text):
            raise ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text

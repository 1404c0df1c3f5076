"""Texts, ids and names: strict, and with words for what was expected."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import fields

from models.domain.ids import MAX_ID
from nba_service.http.fields import Id, Locale, Name, Text, TimeZone, Word
from tests.nba_service.http.fields.refusing import refusal

FIELDS: dict[str, fields.Field[Any]] = {
    "text": Text(maximum=5),
    "id": Id(),
    "name": Name(),
    "word": Word("asked", "never"),
    "locale": Locale(),
    "time zone": TimeZone(),
}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "a b é"),
        ("id", "mail-77/c-1042"),
        ("id", "é" * MAX_ID),
        ("id", "a" * MAX_ID),
        ("id", "...a/b.."),
        ("name", "Page view: /a-b.c@d_e"),
        ("word", "asked"),
        ("locale", "de"),
        ("locale", "zh-Hant_TW"),
        ("time zone", "Europe/Vienna"),
    ],
)
def test_what_fits_comes_back_as_it_is(kind: str, value: object) -> None:
    assert FIELDS[kind].deserialize(value) == value


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", 5, "FIELD_TYPE"),
        ("text", None, "FIELD_TYPE"),
        ("text", "", "FIELD_RANGE"),
        ("text", "123456", "FIELD_RANGE"),
        ("text", "a\nb", "FIELD_RANGE"),
        ("text", "a\0", "FIELD_RANGE"),
        ("id", "a" * (MAX_ID + 1), "FIELD_RANGE"),
        ("id", "a b", "FIELD_RANGE"),
        ("id", "a//b", "FIELD_RANGE"),
        ("id", "/a", "FIELD_RANGE"),
        ("id", "a/", "FIELD_RANGE"),
        ("id", "a/../b", "FIELD_RANGE"),
        ("id", ".", "FIELD_RANGE"),
        ("id", "d-1/replay", "FIELD_RANGE"),
        ("id", "d-1/explanation", "FIELD_RANGE"),
        ("name", "a<b", "FIELD_RANGE"),
        ("word", "sometimes", "FIELD_RANGE"),
        ("word", 1, "FIELD_TYPE"),
        ("locale", "d", "FIELD_RANGE"),
        ("locale", "de-", "FIELD_RANGE"),
        ("locale", "Deutsch!", "FIELD_RANGE"),
        ("time zone", "Wien", "FIELD_RANGE"),
        ("time zone", "../etc/passwd", "FIELD_RANGE"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_code(kind: str, value: object, code: str) -> None:
    found, words = refusal(FIELDS[kind], value)

    assert found == code
    assert words


def test_words_of_a_refusal_say_what_was_expected() -> None:
    assert refusal(FIELDS["text"], "")[1] == "a text of 1 to 5 characters"
    assert refusal(FIELDS["text"], "\n")[1] == "a text of 1 to 5 characters, printable ones only"
    assert refusal(FIELDS["word"], "x")[1] == "'asked' or 'never'"

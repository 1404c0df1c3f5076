"""Explanations speak the customer's language where they can, and write numbers as it does."""

from __future__ import annotations

import dataclasses
import string

import pytest

from models.policy.explain.translations import ENGLISH, GERMAN, words_for


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("de", "de"), ("en-GB", "en"), ("fr", "en"), (None, "en"), ("", "en")],
)
def test_the_language_of_a_locale_else_english(locale: str | None, language: str) -> None:
    assert words_for(locale)[0] == language


def test_german_writes_a_decimal_comma() -> None:
    assert GERMAN.number("2.5") == "2,5"
    assert ENGLISH.number("2.5") == "2.5"


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    def blanks(text: str) -> int:
        return sum(field is not None for _, field, _, _ in string.Formatter().parse(text))

    for field in dataclasses.fields(ENGLISH):
        english, german = getattr(ENGLISH, field.name), getattr(GERMAN, field.name)
        if isinstance(english, str):
            assert blanks(english) == blanks(german), field.name
        elif isinstance(english, dict):
            assert english.keys() == german.keys(), field.name
        elif isinstance(english, tuple):
            assert len(english) == len(german), field.name

"""Words: both languages say everything, and write numbers and days as their readers do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from nba_service.console.wording import LANGUAGES, Words, language_of, sentences

EN, DE = Words("en"), Words("de")
DAY = datetime(2026, 11, 27, 9, 5, tzinfo=UTC)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_sentence_is_there_in_both_languages_with_the_same_values() -> None:
    english, german = (sentences(language) for language in LANGUAGES)

    assert english.keys() == german.keys()
    assert {
        name: (fields(english[name]), fields(german[name]))
        for name in english
        if fields(english[name]) != fields(german[name])
    } == {}


def test_no_sentence_is_empty_or_uses_words_of_statisticians() -> None:
    for language in LANGUAGES:
        for name, sentence in sentences(language).items():
            assert sentence.strip(), name
            assert not re.search(r"\b(significant|uplift|signifikant)\b|p <|!", sentence), name


def test_numbers_have_the_signs_of_their_language() -> None:
    assert EN.number(-1234.5, 1) == "−1,234.5"
    assert DE.number(-1234.5, 1) == "−1.234,5"
    assert EN.number(3, sign=True) == "+3"
    assert EN.number(-0.001, 2, sign=True) == "0.00"
    assert DE.money(12.3) == "12,30\u00a0EUR"
    assert DE.percent(0.052) == "5,2\u00a0%"


def test_rates_below_a_tenth_are_of_a_thousand() -> None:
    assert EN.rate(0.067) == "67 of 1,000"
    assert EN.rate(0.0031) == "3.1 of 1,000"
    assert DE.rate(0.42) == "42\u00a0%"


def test_days_and_spans_read_naturally() -> None:
    assert (EN.day(DAY, year=True), DE.day(DAY, year=True)) == ("27 Nov 2026", "27. Nov. 2026")
    assert EN.time(DAY) == "27 Nov, 09:05"
    assert [EN.span(timedelta(seconds=s)) for s in (1, 89, 720, 93_600, 691_200)] == [
        "1 second",
        "89 seconds",
        "12 minutes",
        "26 hours",
        "8 days",
    ]


def test_lists_and_names() -> None:
    assert EN.listed(["a", "b", "c"]) == "a, b and c"
    assert DE.listed(["a"]) == "a"
    assert EN.or_name("codes", "HOME_OWNERS_ONLY") == "HOME_OWNERS_ONLY"
    assert DE.or_name("codes", "QUIET_HOURS") == "Ruhezeit"


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [("de", "en", "de"), (None, "de-AT,de;q=0.9,en", "de"), (None, "fr,en", "en"), ("xx", "", "en")],
)
def test_the_language_is_the_one_asked_for_or_the_browsers(
    asked: str | None, accepted: str, language: str
) -> None:
    assert language_of(asked, accepted) == language

"""Numbers as people say them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_service.content.speech import english, for_the_ear, german


@pytest.mark.parametrize(
    ("number", "in_german", "in_english"),
    [
        (0, "null", "zero"),
        (1, "eins", "one"),
        (17, "siebzehn", "seventeen"),
        (21, "einundzwanzig", "twenty-one"),
        (100, "einhundert", "one hundred"),
        (101, "einhunderteins", "one hundred and one"),
        (1_000, "eintausend", "one thousand"),
        (1_283, "eintausendzweihundertdreiundachtzig", "one thousand two hundred and eighty-three"),
        (81_001, "einundachtzigtausendeins", "eighty-one thousand and one"),
        (2_000_030, "zwei Millionen dreißig", "two million and thirty"),
    ],
)
def test_whole_numbers(number: int, in_german: str, in_english: str) -> None:
    assert (german(number), english(number)) == (in_german, in_english)


@pytest.mark.parametrize(
    ("text", "locale", "spoken"),
    [
        ("Rund 1.283 € im Jahr.", "de-AT", "Rund eintausendzweihundertdreiundachtzig Euro im Jahr."),
        ("€12.50, or £1", "en", "twelve euros fifty, or one pound"),
        ("-19 € im Dezember", "de", "minus neunzehn Euro im Dezember"),
        ("2 kWh, 9,24 kW", "de", "zwei Kilowattstunden, neun Komma zwei vier Kilowatt"),
        ("100 % of 24 panels", "en", "one hundred percent of twenty-four panels"),
        (
            "um 18:30 Uhr, 0761/1234, am 5. Dezember 2026",
            "de",
            "um 18:30 Uhr, 0761/1234, am 5. Dezember 2026",
        ),
        ("on 5 December", "en", "on 5 December"),
        ("2026 €", "de", "zweitausendsechsundzwanzig Euro"),
        ("A1 and 3x", "en", "A1 and 3x"),
        ("12 %", "fr", "12 %"),
        ("10.000.000.000 €", "de", "10.000.000.000 €"),
    ],
)
def test_texts_for_the_ear(text: str, locale: str, spoken: str) -> None:
    assert for_the_ear(text, locale) == spoken


@given(st.integers(0, 999_999_999))
def test_every_number_has_words_without_digits(number: int) -> None:
    for said in (german(number), english(number)):
        assert said
        assert not re.search(r"\d|  ", said)

"""Texts for the ear: numbers, money, shares and units as words.

A voice reads no signs: `1,283 €` becomes "one thousand two hundred and eighty-three euros". Years, dates,
times and phone numbers keep their digits, which voices read well. German and English; in another language all
digits stay. Knows texts; knows nothing of channels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MOST_SPELLED: Final = 999_999_999
"""Larger numbers stay digits: nobody listens so long."""

_MONEY: Final = frozenset({"€", "EUR", "$", "£", "CHF"})
_YEARS: Final = range(1900, 2100)
_MONTHS: Final = (
    "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    "|January|February|March|May|June|July|October|December"
)

_GERMAN_ONES: Final = (
    *("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf"),
    *("zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"),
)
_GERMAN_TENS: Final = (
    *("", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"),
)
_ENGLISH_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_ENGLISH_TENS: Final = (
    *("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """How a language says numbers.

    ``signs``: sign → (one, many); ``group`` and ``point``: what stands between digits.
    """

    spell: Callable[[int], str]
    signs: Mapping[str, tuple[str, str]]
    group: str
    point: str
    comma: str
    minus: str
    one: str


def german(number: int) -> str:
    """A whole number in words.

    Example:
        >>> german(1_283), german(21_000), german(1_000_001)
        ('eintausendzweihundertdreiundachtzig', 'einundzwanzigtausend', 'eine Million eins')
    """
    if number < 1_000_000:
        return _german(number)
    millions, rest = divmod(number, 1_000_000)
    said = "eine Million" if millions == 1 else f"{_german(millions)} Millionen"
    return said if not rest else f"{said} {_german(rest)}"


def _german(number: int, *, last: bool = True) -> str:
    """``last``: nothing follows, so that one is "eins"."""
    if number < 20:
        return "ein" if number == 1 and not last else _GERMAN_ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return (f"{_german(ones, last=False)}und" if ones else "") + _GERMAN_TENS[tens]
    if number < 1_000:
        hundreds, rest = divmod(number, 100)
        return f"{_german(hundreds, last=False)}hundert" + (_german(rest, last=last) if rest else "")
    thousands, rest = divmod(number, 1_000)
    return f"{_german(thousands, last=False)}tausend" + (_german(rest, last=last) if rest else "")


def english(number: int) -> str:
    """A whole number in words.

    Example:
        >>> english(1_283), english(21_000), english(1_000_001)
        ('one thousand two hundred and eighty-three', 'twenty-one thousand', 'one million and one')
    """
    for size, name in ((1_000_000, "million"), (1_000, "thousand")):
        if number >= size:
            many, rest = divmod(number, size)
            said = f"{english(many)} {name}"
            return said if not rest else f"{said} {'and ' if rest < 100 else ''}{english(rest)}"
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        said = f"{_ENGLISH_ONES[hundreds]} hundred"
        return said if not rest else f"{said} and {english(rest)}"
    if number < 20:
        return _ENGLISH_ONES[number]
    tens, ones = divmod(number, 10)
    return _ENGLISH_TENS[tens] + (f"-{_ENGLISH_ONES[ones]}" if ones else "")


LANGUAGES: Final[Mapping[str, Language]] = {
    "de": Language(
        spell=german,
        signs={
            "€": ("Euro", "Euro"),
            "EUR": ("Euro", "Euro"),
            "$": ("Dollar", "Dollar"),
            "CHF": ("Franken", "Franken"),
            "%": ("Prozent", "Prozent"),
            "kWh": ("Kilowattstunde", "Kilowattstunden"),
            "kW": ("Kilowatt", "Kilowatt"),
            "m²": ("Quadratmeter", "Quadratmeter"),
            "km": ("Kilometer", "Kilometer"),
            "°": ("Grad", "Grad"),
        },
        group=".",
        point=",",
        comma="Komma",
        minus="minus",
        one="ein",
    ),
    "en": Language(
        spell=english,
        signs={
            "€": ("euro", "euros"),
            "EUR": ("euro", "euros"),
            "$": ("dollar", "dollars"),
            "£": ("pound", "pounds"),
            "CHF": ("franc", "francs"),
            "%": ("percent", "percent"),
            "kWh": ("kilowatt-hour", "kilowatt-hours"),
            "kW": ("kilowatt", "kilowatts"),
            "m²": ("square metre", "square metres"),
            "km": ("kilometre", "kilometres"),
            "°": ("degree", "degrees"),
        },
        group=",",
        point=".",
        comma="point",
        minus="minus",
        one="one",
    ),
}


def for_the_ear(text: str, locale: str) -> str:
    """The text with its numbers and signs in words; unknown languages keep theirs.

    Example:
        >>> for_the_ear("Save €1,283 a year, 12.5 % in June.", "en-GB")
        'Save one thousand two hundred and eighty-three euros a year, twelve point five percent in June.'
        >>> for_the_ear("1 € am Tag, −19 € im Dezember", "de")
        'ein Euro am Tag, minus neunzehn Euro im Dezember'
    """
    language = LANGUAGES.get(locale.partition("-")[0])
    return text if language is None else _pattern(language).sub(lambda found: _said(found, language), text)


@lru_cache(maxsize=8)
def _pattern(language: Language) -> re.Pattern[str]:
    """A number with its signs; not part of a time, a date, a phone number or a word."""
    group, point = re.escape(language.group), re.escape(language.point)
    signs = "|".join(sorted(map(re.escape, language.signs), key=len, reverse=True))
    digits = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+"
    number = rf"(?P<minus>[-−])?(?P<whole>{digits})(?:{point}(?P<part>\d+))?"
    blank = "[ \u00a0\u202f]?"
    before, after = rf"(?:(?P<before>[€$£]){blank})?", rf"(?:{blank}(?P<after>{signs})(?!\w))?"
    no_date = rf"(?!\.?{blank}(?:{_MONTHS})\b)"
    return re.compile(rf"{before}(?<![\w:/]){number}{after}{no_date}(?![\w:/])")


def _said(found: re.Match[str], language: Language) -> str:
    digits, part = found["whole"].replace(language.group, ""), found["part"] or ""
    whole, sign = int(digits), found["after"] or found["before"]
    if whole > MOST_SPELLED or (sign is None and not part and digits == found["whole"] and whole in _YEARS):
        return found[0]
    money = sign in _MONEY and len(part) == 2
    single = whole == 1 and (not part or money)
    words = language.one if single and sign else language.spell(whole)
    if part and not money:
        words += f" {language.comma} " + " ".join(language.spell(int(digit)) for digit in part)
    if found["minus"]:
        words = f"{language.minus} {words}"
    if sign is None or sign not in language.signs:
        return words
    words = f"{words} {language.signs[sign][not single]}"
    return f"{words} {language.spell(int(part))}" if money and int(part) else words

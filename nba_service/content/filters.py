"""Filters that write numbers, money, dates and units in a locale.

By Babel, which python-liquid imports anyhow; its data are read per locale, when the first text needs them.
Which locale and currency hold stands in the variables of the template (``Spoken``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_unit
from liquid import RenderContext
from liquid.exceptions import FilterArgumentError, FilterValueError
from liquid.filter import with_context

SPOKEN: Final = "_spoken"
"""The variable under which templates find ``Spoken``; not one that they can name."""

_MAX_DECIMALS: Final = 6
_MOST_SHOWN: Final = 3
"""Decimals of a number whose text does not say how many."""

Value = TypeVar("Value")

_CODE_AND_DIGIT: Final = re.compile(r"([A-Za-z])(?=\d)")
_DATE_FORMATS: Final = ("short", "medium", "long", "full")
_UNITS: Final = {
    "kWh": "energy-kilowatt-hour",
    "kW": "power-kilowatt",
    "W": "power-watt",
    "m²": "area-square-meter",
    "m2": "area-square-meter",
    "km": "length-kilometer",
    "m": "length-meter",
    "kg": "mass-kilogram",
    "t": "mass-tonne",
    "h": "duration-hour",
    "min": "duration-minute",
    "day": "duration-day",
    "month": "duration-month",
    "year": "duration-year",
    "°C": "temperature-celsius",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a text speaks.

    The locale of its numbers (``de-AT``) and the currency of its money.
    """

    locale: str
    currency: str


@with_context
def money(value: object, currency: object = None, decimals: object = None, *, context: RenderContext) -> str:
    """``{{ 1234.5 | money }}`` → €1,234.50; ``{{ 1234.5 | money: "CHF", 0 }}``."""
    spoken = _spoken(context)
    code = spoken.currency if currency is None else str(currency)
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise FilterArgumentError("money needs an ISO 4217 code such as EUR", token=None)
    number, places = _number(value), _decimals(decimals)
    locale = load_locale(spoken.locale)
    if places is None:
        shown = _rounding(number, get_currency_precision(code))
        return _apart(format_currency(shown, code, locale=locale))
    rounded, pattern = without_sign(round(number, places)), _pattern(locale, places)
    return _apart(format_currency(rounded, code, locale=locale, format=pattern, currency_digits=False))


@with_context
def number(value: object, decimals: object = None, *, context: RenderContext) -> str:
    """``{{ 1234.5678 | number: 1 }}`` → 1,234.6; without decimals at most three."""
    locale, places = load_locale(_spoken(context).locale), _decimals(decimals)
    if places is None:
        return format_decimal(_rounding(_number(value), _MOST_SHOWN), locale=locale)
    rounded = without_sign(round(_number(value), places))
    return format_decimal(rounded, format=_digits(locale, places), locale=locale)


@with_context
def percent(value: object, decimals: object = 0, *, context: RenderContext) -> str:
    """``{{ 0.256 | percent }}`` → 26%; ``{{ 0.256 | percent: 1 }}`` → 25.6%."""
    locale, places = load_locale(_spoken(context).locale), _decimals(decimals) or 0
    head, _, sign = str(locale.percent_formats[None].pattern).rpartition("0")
    shown = _rounding(_number(value), places + 2)
    return format_percent(shown, format=f"{head}{_zeros(places)}{sign}", locale=locale)


@with_context
def unit(value: object, name: object, decimals: object = 0, *, context: RenderContext) -> str:
    """``{{ 4200 | unit: "kWh" }}`` → 4,200 kWh; a unit that Babel does not know is put behind the number."""
    locale, places = load_locale(_spoken(context).locale), _decimals(decimals) or 0
    known = _UNITS.get(str(name))
    rounded = without_sign(round(_number(value), places))
    if known is None:
        return f"{format_decimal(rounded, format=_digits(locale, places), locale=locale)}\xa0{str(name)[:20]}"
    return format_unit(rounded, known, length="short", format=_digits(locale, places), locale=locale)


@with_context
def local_date(value: object, style: object = "long", *, context: RenderContext) -> str:
    """``{{ "2026-03-09" | date }}`` → March 9, 2026; ``short``, ``medium``, ``full``, or a CLDR pattern.

    A pattern with ``%`` is one of strftime, as Liquid has it.
    """
    moment, wish = _date(value), str(style)
    locale = load_locale(_spoken(context).locale)
    if "%" in wish:
        return moment.strftime(wish[:100])
    if wish in _DATE_FORMATS:
        return format_date(moment, format=wish, locale=locale)
    if wish in locale.datetime_skeletons:
        return format_skeleton(wish, moment, locale=locale)
    return format_date(moment, format=wish[:100], locale=locale)


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "money": money,
    "number": number,
    "percent": percent,
    "unit": unit,
    "date": local_date,
}


def _apart(text: str) -> str:
    """``CHF1,234`` as CLDR wants it: a code of letters keeps a space from its number."""
    return _CODE_AND_DIGIT.sub("\\1\xa0", text)


def without_sign(value: Value) -> Value:
    """The number, or what holds numbers, with 0 in place of -0, which nobody writes."""
    plain: object = value
    if isinstance(value, float | Decimal) and value == 0:
        plain = abs(value)
    elif isinstance(value, dict):
        plain = {name: without_sign(item) for name, item in value.items()}
    elif isinstance(value, list):
        plain = [without_sign(item) for item in value]
    return cast("Value", plain)


def _rounding(number: Decimal, places: int) -> Decimal:
    """The number, but 0 if so many places show it as 0."""
    return number if round(number, places) else Decimal(0)


def _spoken(context: RenderContext) -> Spoken:
    spoken = context.globals.get(SPOKEN)
    return spoken if isinstance(spoken, Spoken) else Spoken("en", "EUR")


@lru_cache(maxsize=256)
def load_locale(tag: str) -> Locale:
    """The locale of a language tag, or what is known of it; its data are read here, once."""
    parts = tag.replace("_", "-").split("-")
    while parts:
        try:
            locale = Locale.parse("_".join(parts))
            _ = locale.decimal_formats  # reads its data
            return locale
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return Locale.parse("en")


@lru_cache(maxsize=512)
def _pattern(locale: Locale, places: int) -> str:
    """The locale's pattern of money with so many decimals."""
    pattern = str(locale.currency_formats["standard"].pattern)
    fraction = "0.00"
    return ";".join(part.replace(fraction, _zeros(places)) for part in pattern.split(";"))


@lru_cache(maxsize=512)
def _digits(locale: Locale, places: int) -> str:
    """The locale's pattern of numbers with so many decimals."""
    whole = str(locale.decimal_formats[None].pattern).split(";")[0].split(".")[0]
    return whole.removesuffix("0") + _zeros(places)


def _zeros(places: int) -> str:
    return "0" if places == 0 else "0." + "0" * places


def _decimals(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_DECIMALS:
        raise FilterArgumentError(f"decimals are a whole number from 0 to {_MAX_DECIMALS}", token=None)
    return value


def _number(value: object) -> Decimal:
    try:
        made = Decimal(str(value).strip())
    except InvalidOperation:
        made = Decimal("NaN")
    if isinstance(value, bool) or not made.is_finite() or abs(made) > Decimal("1e15"):
        raise FilterValueError("expected a number", token=None)
    return made


def _date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            raise ValueError
        return datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise FilterValueError("expected a day such as 2026-03-09", token=None) from None

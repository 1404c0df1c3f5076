"""Numbers, money, shares, days and units as people of a locale write them."""

from __future__ import annotations

from typing import Any

import pytest

from nba_service.content.filters import SPOKEN, Spoken
from nba_service.content.limits import clock, make_environment, render_within


def shown(template: str, locale: str, currency: str = "EUR", **variables: Any) -> str:
    made = make_environment(html=False).from_string(template)
    text = render_within(made, {**variables, SPOKEN: Spoken(locale, currency)}, clock() + 5)
    return text.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'")


@pytest.mark.parametrize(
    ("template", "locale", "text"),
    [
        ("{{ 1234.5 | money }}", "en", "€1,234.50"),
        ("{{ 1234.5 | money }}", "de", "1.234,50 €"),
        ("{{ 1234.5 | money }}", "de-AT", "€ 1.234,50"),
        ("{{ 1234.5 | money: 'CHF', 0 }}", "de-CH", "CHF 1'234"),
        ("{{ 1234 | money: 'CHF', 0 }}", "en", "CHF 1,234"),
        ("{{ 1235 | money: 'EUR', 0 }}", "de", "1.235 €"),
        ("{{ -3 | money }}", "en", "-€3.00"),
        ("{{ 1234.5678 | number }}", "en", "1,234.568"),
        ("{{ 1234.5678 | number: 1 }}", "de-DE", "1.234,6"),
        ("{{ 1234567 | number: 0 }}", "hi", "12,34,567"),
        ("{{ 0.256 | percent }}", "en", "26%"),
        ("{{ 0.256 | percent: 1 }}", "de", "25,6 %"),
        ("{{ 0.256 | percent }}", "tr", "%26"),
        ("{{ '2026-03-09' | date }}", "en", "March 9, 2026"),
        ("{{ '2026-03-09' | date }}", "de", "9. März 2026"),
        ("{{ '2026-03-09' | date }}", "de-AT", "9. März 2026"),
        ("{{ '2026-01-09' | date: 'long' }}", "de-AT", "9. Jänner 2026"),
        ("{{ '2026-03-09T10:00:00' | date: 'short' }}", "de", "09.03.26"),
        ("{{ '2026-03-09' | date: 'yMMMM' }}", "de", "März 2026"),
        ("{{ '2026-03-09' | date: 'EEEE' }}", "de", "Montag"),
        ("{{ '2026-03-09' | date: '%d/%m' }}", "de", "09/03"),
        ("{{ 4200 | unit: 'kWh' }}", "en", "4,200 kWh"),
        ("{{ 4200.4 | unit: 'kWh' }}", "de", "4.200 kWh"),
        ("{{ 9.5 | unit: 'kW', 1 }}", "de", "9,5 kW"),
        ("{{ 64 | unit: 'm²' }}", "en", "64 m²"),
        ("{{ 24 | unit: 'panels' }}", "en", "24 panels"),
        ("{{ 1 | money }}", "xx-YY", "€1.00"),
        ("{{ -0.001 | money }}", "de", "0,00 €"),
        ("{{ -0.4 | money: 'EUR', 0 }}", "en", "€0"),
        ("{{ -0.4 | money: 'JPY' }}", "en", "¥0"),
        ("{{ -0.001 | number: 2 }}", "de", "0,00"),
        ("{{ -0.0001 | number }}", "en", "0"),
        ("{{ -0.0004 | percent: 1 }}", "en", "0.0%"),
        ("{{ -0.04 | unit: 'kWh', 1 }}", "en", "0.0 kWh"),
        ("{{ -0.001 | round: 2 }} {{ -1 | times: 0.0 }} {{ -0.006 | round: 2 }}", "en", "0.0 0.0 -0.01"),
    ],
)
def test_as_people_write_it(template: str, locale: str, text: str) -> None:
    assert shown(template, locale) == text


@pytest.mark.parametrize("value", ["nan", "inf", "1e99", True, "", [1]])
@pytest.mark.parametrize("name", ["money", "number", "percent", "unit: 'kWh'"])
def test_what_is_no_number_fails(name: str, value: object) -> None:
    with pytest.raises(Exception, match="expected a number"):
        shown("{{ value | " + name + " }}", "en", value=value)

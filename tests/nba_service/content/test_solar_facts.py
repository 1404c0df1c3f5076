"""The solar company's facts against published yields and numbers worked by hand."""

from __future__ import annotations

import math
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_service.content.fact_loading import load_facts
from nba_service.content.facts import FactBook

SOLAR = Path(__file__).resolve().parents[3] / "examples" / "solar"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
VIENNA: dict[str, Any] = {
    "roof_area_m2": 41.9,
    "roof_pitch_deg": 30,
    "roof_orientation": "s",
    "latitude": 48.2,
    "annual_kwh": 4_000,
    "postcode_area": "10",
    "country": "at",
}


@pytest.fixture(scope="module")
def book() -> FactBook:
    return load_facts([str(SOLAR / "facts.py")])


@pytest.fixture(scope="module")
def module(book: FactBook) -> ModuleType:
    """``facts.py`` as it was loaded."""
    return sys.modules[book.facts["panels"].compute.__module__]


def sibling(module: ModuleType, name: str) -> Any:
    return sys.modules[f"{module.__name__}.{name}"]


def per_kw(book: FactBook, latitude: float, pitch: float, orientation: str) -> float:
    """kWh a year for each kW of panels."""
    roof = {"roof_pitch_deg": pitch, "roof_orientation": orientation, "latitude": latitude}
    known = book.about({**VIENNA, **roof}, NOW)
    return float(known["yield_kwh"] / known["peak_kw"])


@pytest.mark.parametrize(
    ("place", "latitude", "low", "high"),
    [
        ("Hamburg", 53.55, 900, 1_000),
        ("Cologne", 50.9, 950, 1_050),
        ("Vienna", 48.2, 1_000, 1_120),
        ("Munich", 48.14, 1_000, 1_120),
    ],
)
@pytest.mark.parametrize("pitch", [30, 35])
def test_a_roof_to_the_south_yields_what_is_published(
    book: FactBook, place: str, latitude: float, low: float, high: float, pitch: float
) -> None:
    """Fraunhofer ISE, "Recent facts about photovoltaics in Germany": 900 to 1,000, more southwards."""
    assert low <= per_kw(book, latitude, pitch, "s") <= high, place


def test_the_orientation_costs_what_is_published(book: FactBook) -> None:
    south = per_kw(book, 50.0, 35, "s")

    assert per_kw(book, 50.0, 35, "e") / south == pytest.approx(0.80, abs=0.04)
    assert per_kw(book, 50.0, 35, "w") == pytest.approx(per_kw(book, 50.0, 35, "e"), rel=1e-9)
    assert per_kw(book, 50.0, 35, "se") / south == pytest.approx(0.95, abs=0.02)
    assert 0.5 < per_kw(book, 50.0, 35, "n") / south < 0.68
    assert per_kw(book, 50.0, 0, "s") / south == pytest.approx(0.87, abs=0.03)


def test_a_flat_roof_gets_exactly_the_month_sums(module: ModuleType) -> None:
    """Munich: 33 + 52 + 90 + 126 + 156 + 166 + 172 + 146 + 104 + 65 + 35 + 26 = 1,171 kWh."""
    sun = sibling(module, "irradiation")

    assert sun.yearly_irradiation(48.14, 0, 0) == pytest.approx(1_171, rel=0.005)
    assert sun.yearly_irradiation(53.55, 0, 90) == pytest.approx(1_017, rel=0.005)


@given(
    latitude=st.floats(44, 58), pitch=st.floats(0, 90), azimuth=st.sampled_from([0, 45, 90, 135, 180, -90])
)
def test_a_yearly_sum_is_possible_and_the_same_east_and_west(
    module: ModuleType, latitude: float, pitch: float, azimuth: float
) -> None:
    sun = sibling(module, "irradiation")
    found = sun.yearly_irradiation(latitude, pitch, azimuth)

    assert 200 < found < 1_700
    assert sun.yearly_irradiation(latitude, pitch, -azimuth) == pytest.approx(found, rel=1e-9)


def test_a_roof_worked_by_hand(book: FactBook, module: ModuleType) -> None:
    """41.9 m² / 2 m² = 20 panels of 0.44 kW = 8.8 kW. 4,000 × 0.45 × (1 - e^(-1.25 y / 4000)) kWh."""
    known = book.about(VIENNA, NOW)
    sun = sibling(module, "irradiation").yearly_irradiation(48.2, 30, 0)
    made = 8.8 * sun * 0.8
    own = 4_000 * 0.45 * (1 - math.exp(-1.25 * made / 4_000))

    assert (known["panels"], known["peak_kw"]) == (20, pytest.approx(8.8))
    assert 9_000 < made < 9_800
    assert known["yield_kwh"] == pytest.approx(made)
    assert known["own_use_kwh"] == pytest.approx(own)
    assert 1_680 < own < 1_720  # 1,800 less what e^-2.9 = 0.055 leaves
    assert known["saving_per_year"] == pytest.approx(own * 0.30 + (made - own) * 0.06)
    assert known["currency"] == "EUR"
    assert known["neighbours"] == 212


def test_what_is_not_known_is_not_said(book: FactBook) -> None:
    nobody = book.about({}, NOW)
    in_cairo = book.about({**VIENNA, "latitude": 30.0}, NOW)
    shed = book.about({**VIENNA, "roof_area_m2": 7.9}, NOW)

    assert [name for name in nobody if nobody.get(name) is not None] == ["currency", "next_installation_date"]
    assert (in_cairo["panels"], in_cairo.get("yield_kwh"), in_cairo.get("saving_per_year")) == (
        20,
        None,
        None,
    )
    assert (shed.get("panels"), shed.get("saving_per_year")) == (None, None)
    assert book.about({**VIENNA, "country": "ch"}, NOW)["currency"] == "CHF"
    assert book.failures() == {}


@pytest.mark.parametrize(("year", "day"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28))])
def test_easter(module: ModuleType, year: int, day: tuple[int, int]) -> None:
    assert sibling(module, "working_days").easter(year) == date(year, *day)


@pytest.mark.parametrize(
    ("start", "days", "country", "end"),
    [
        (date(2026, 11, 20), 1, "de", date(2026, 11, 23)),  # Friday → Monday
        (date(2026, 4, 2), 1, "de", date(2026, 4, 7)),  # Good Friday, Easter Monday
        (date(2026, 4, 2), 1, "at", date(2026, 4, 3)),  # Good Friday is a working day in Austria
        (date(2026, 12, 7), 1, "at", date(2026, 12, 9)),  # 8 December
        (date(2026, 12, 23), 2, "de", date(2026, 12, 29)),  # 24 closed, 25 + 26 holidays, 27 Sunday → 28, 29
        (date(2026, 12, 30), 1, "ch", date(2027, 1, 4)),  # 31 closed, 1 January, weekend
    ],
)
def test_working_days(module: ModuleType, start: date, days: int, country: str, end: date) -> None:
    assert sibling(module, "working_days").working_day_after(start, days, country) == end


def test_the_next_date_is_twenty_five_working_days_ahead(book: FactBook) -> None:
    """From Friday, 20 November: 20 to 18 December, then 21, 22, 23 (24 closed, 25 a holiday), 28 and 29."""
    assert book.about({}, NOW)["next_installation_date"] == date(2026, 12, 29)

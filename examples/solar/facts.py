"""What the solar company's texts can say about one roof: panels, yield, saving, neighbours, next free date.

Every figure is an estimate for a first conversation, from what the customer told us; the assumptions stand
here, in one place. Facts in general: docs/how-to/compute-facts.md.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from nba_service.content.facts import Fact, FactType

from .irradiation import NORTHMOST, SOUTHMOST, yearly_irradiation
from .roof import figures
from .working_days import working_day_after

PANEL_M2: Final = 2.0  # 1.76 m × 1.13 m
PANEL_KW: Final = 0.44
PERFORMANCE_RATIO: Final = (
    0.8  # cables, inverter, heat, dirt; Fraunhofer ISE measures 0.8 to 0.9 on new systems
)
WORKING_DAYS_AHEAD: Final = 25
AZIMUTH: Final = {"s": 0, "sw": 45, "w": 90, "nw": 135, "n": 180, "ne": -135, "e": -90, "se": -45}

MOST_OWN_USE: Final = 0.45
"""Share of a household's use that panels without a battery cover at most: the rest is evenings and winter."""
OWN_USE_SLOPE: Final = 1.25
"""So set that one kWh of yield for each of use covers 32 % of it, two cover 41 %: near what HTW Berlin's
simulations of single-family houses show (about 30 % and 38 %)."""


class Tariff(NamedTuple):
    """Money for a kWh bought and for one fed in. Round figures of early 2026; put in your own."""

    currency: str
    price: float
    feed_in: float


TARIFFS: Final = {
    "de": Tariff("EUR", 0.35, 0.08),
    "at": Tariff("EUR", 0.30, 0.06),
    "ch": Tariff("CHF", 0.28, 0.06),
}

Attributes = Mapping[str, Any]


def drawn(attributes: Attributes, figure: str) -> float | None:
    """A figure of the roof as the customer drew it (``roof.py``); None: there is no drawing to count on."""
    try:
        plan = json.loads(str(attributes.get("roof_plan") or "null"))
        return None if plan is None else float(figures(plan)[figure])
    except (ValueError, KeyError, TypeError, ZeroDivisionError):
        return None


def panels(attributes: Attributes, _: datetime) -> float | None:
    """How many fit; fewer than four are no system."""
    if (own := drawn(attributes, "panels")) is not None:
        return own if own >= 4 else None
    fit = int(attributes["roof_area_m2"] / PANEL_M2)
    return fit if fit >= 4 else None


def peak_kw(attributes: Attributes, moment: datetime) -> float | None:
    fit = panels(attributes, moment)
    return None if fit is None else fit * PANEL_KW


def yield_kwh(attributes: Attributes, moment: datetime) -> float | None:
    """kWh in a mean year from this roof, full of panels."""
    if (drawn_kwh := drawn(attributes, "yield_kwh")) is not None:
        return drawn_kwh
    latitude, peak = float(attributes["latitude"]), peak_kw(attributes, moment)
    if peak is None or not SOUTHMOST <= latitude <= NORTHMOST:
        return None
    azimuth = AZIMUTH[attributes["roof_orientation"]]
    sun = yearly_irradiation(round(latitude, 1), round(attributes["roof_pitch_deg"]), azimuth)
    return peak * sun * PERFORMANCE_RATIO


def own_use_kwh(attributes: Attributes, moment: datetime) -> float | None:
    """kWh of the yield that the household uses itself in a year, without a battery."""
    if (drawn_kwh := drawn(attributes, "own_use_kwh")) is not None:
        return drawn_kwh
    made, use = yield_kwh(attributes, moment), float(attributes["annual_kwh"])
    if made is None or use <= 0:
        return None
    return use * MOST_OWN_USE * (1 - math.exp(-OWN_USE_SLOPE * made / use))


def saving_per_year(attributes: Attributes, moment: datetime) -> float | None:
    """What is not bought and what is fed in, in the currency of ``currency``."""
    if (saving := drawn(attributes, "saving_per_year")) is not None:
        return saving
    made, own = yield_kwh(attributes, moment), own_use_kwh(attributes, moment)
    if made is None or own is None:
        return None
    own, tariff = min(own, made), TARIFFS[_country(attributes)]
    return own * tariff.price + (made - own) * tariff.feed_in


def currency(attributes: Attributes, _: datetime) -> str:
    return TARIFFS[_country(attributes)].currency


def neighbours(attributes: Attributes, _: datetime) -> int | None:
    """Our systems in the customer's postcode area."""
    return SYSTEMS.get(str(attributes["postcode_area"]))


def next_installation_date(attributes: Attributes, moment: datetime) -> date:
    """The first day on which a crew is free."""
    return working_day_after(moment.date(), WORKING_DAYS_AHEAD, _country(attributes))


def _country(attributes: Attributes) -> str:
    return str(attributes.get("country", "de"))


def _systems() -> dict[str, int]:
    with (Path(__file__).parent / "neighbours.csv").open(encoding="utf-8", newline="") as file:
        return {row["postcode_area"]: int(row["systems"]) for row in csv.DictReader(file)}


SYSTEMS: Final = _systems()

_NUMBER: Final = FactType.NUMBER
_SIZE: Final = ("roof_area_m2",)
_ROOF: Final = (*_SIZE, "roof_pitch_deg", "roof_orientation", "latitude")
_MOST_PANELS: Final = 1_000
_MOST_KWH: Final = 600_000

FACTS: Final = (
    Fact(
        name="panels",
        type=_NUMBER,
        label="Panels that fit on the roof",
        compute=panels,
        needs=_SIZE,
        minimum=4,
        maximum=_MOST_PANELS,
    ),
    Fact(name="peak_kw", type=_NUMBER, label="Peak power (kW)", compute=peak_kw, needs=_SIZE, minimum=0),
    Fact(
        name="yield_kwh",
        type=_NUMBER,
        label="Yield of a mean year (kWh)",
        compute=yield_kwh,
        needs=_ROOF,
        minimum=0,
        maximum=_MOST_KWH,
    ),
    Fact(
        name="own_use_kwh",
        type=_NUMBER,
        label="Of which used in the house (kWh)",
        compute=own_use_kwh,
        needs=(*_ROOF, "annual_kwh"),
        minimum=0,
        maximum=_MOST_KWH,
    ),
    Fact(
        name="saving_per_year",
        type=_NUMBER,
        label="Saving in a mean year, in `currency`",
        compute=saving_per_year,
        needs=(*_ROOF, "annual_kwh"),
        minimum=0,
        maximum=_MOST_KWH,
    ),
    Fact(name="currency", type=FactType.TEXT, label="Currency of the customer", compute=currency, longest=3),
    Fact(
        name="neighbours",
        type=_NUMBER,
        label="Our systems in the postcode area",
        compute=neighbours,
        needs=("postcode_area",),
        minimum=0,
    ),
    Fact(
        name="next_installation_date",
        type=FactType.DATE,
        label="First day on which a crew is free",
        compute=next_installation_date,
    ),
)

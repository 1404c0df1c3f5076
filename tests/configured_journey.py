"""The car maker of the examples, whose offers speak of cars that can be delivered."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.domain.configurations import Change, Configurator, Configured
from models.domain.journey import Journey
from models.journey_file import parse_journey

FOLDER: Final = Path(__file__).parents[1] / "examples" / "configurator"
CAR_JOURNEY: Final = (FOLDER / "journey.yaml").read_text(encoding="utf-8")
STOCK: Final = FOLDER / "stock.csv"

CHANGE: Final = Change(option="motor", wished="m300", chosen="m210", code="TOO_LATE", detail="later")
CAR: Final = Configured(
    configurator="car",
    region="north",
    wish={"motor": "m300"},
    choices={"motor": "m210"},
    changes=(CHANGE,),
    distance=2.0,
    price=39_000.0,
    deliverable_on="2026-11-20",
    as_of=1_763_632_800_000,
)
"""A car that is not the one that was wished for."""


def car_journey() -> Journey:
    return parse_journey(CAR_JOURNEY.encode(), "journey.yaml")


def car() -> Configurator:
    return car_journey().configurators[0]

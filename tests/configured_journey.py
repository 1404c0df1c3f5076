"""The car maker of the examples, whose offers speak of cars that can be delivered."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.domain.configurations import Configurator
from models.domain.journey import Journey
from models.journey_file import parse_journey

FOLDER: Final = Path(__file__).parents[1] / "examples" / "configurator"
CAR_JOURNEY: Final = (FOLDER / "journey.yaml").read_text(encoding="utf-8")
STOCK: Final = FOLDER / "stock.csv"


def car_journey() -> Journey:
    return parse_journey(CAR_JOURNEY.encode(), "journey.yaml")


def car() -> Configurator:
    return car_journey().configurators[0]

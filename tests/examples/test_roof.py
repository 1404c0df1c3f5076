"""What a roof makes and saves: sums add up, the north has less sun, a tree that goes away takes none."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOLAR = Path(__file__).resolve().parents[2] / "examples" / "solar"


@pytest.fixture(scope="module")
def roof() -> Iterator[ModuleType]:
    sys.path.append(str(SOLAR))
    import roof as module

    yield module
    sys.path.remove(str(SOLAR))


@pytest.fixture
def house() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SOLAR / "guided" / "house.json").read_text())
    found.pop("customer")
    return found


def test_the_figures_of_the_house(roof: ModuleType, house: dict[str, Any]) -> None:
    found = roof.figures(house)
    assert (found["panels"], found["left_free"], found["yield_kwh"]) == (21, 3, 9_562)
    assert found["saving_per_year"] == found["saved_eur"] + found["fed_in_eur"] == 1_283
    assert abs(sum(found["yield_months"]) - found["yield_kwh"]) <= 6
    assert found["lease_20_years"] == 20 * (1_283 - 12 * found["lease_per_month"])
    assert len(found["spots"]) == 24


def test_turned_north_it_makes_less(roof: ModuleType, house: dict[str, Any]) -> None:
    south = roof.figures({**house, "trees": []})["yield_kwh"]
    assert roof.figures({**house, "trees": [], "azimuth_deg": 16})["yield_kwh"] < south


def test_a_tree_that_goes_away_never_takes_sun(roof: ModuleType, house: dict[str, Any]) -> None:
    made = []
    for away in (0, 2, 40):
        moved = deepcopy(house)
        moved["trees"][0]["at"][1] -= away
        made.append(roof.figures(moved)["yield_kwh"])
    assert made == sorted(made)


def test_a_roof_too_small_for_a_panel_has_none(roof: ModuleType, house: dict[str, Any]) -> None:
    found = roof.figures({**house, "outline": [[0, 0], [1.2, 0], [1.2, 1.2], [0, 1.2]]})
    assert (found["panels"], found["yield_kwh"], found["saving_per_year"]) == (0, 0, 0)

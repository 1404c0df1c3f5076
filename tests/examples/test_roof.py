"""What a roof makes and saves: sums add up, the north has less sun, a tree that goes away takes none."""

from __future__ import annotations

import json
import math
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
    yields = []
    for away in (0, 2, 40):
        moved = deepcopy(house)
        moved["trees"][0]["at"][1] -= away
        yields.append(roof.figures(moved)["yield_kwh"])
    assert yields == sorted(yields)


def test_a_roof_too_small_for_a_panel_has_none(roof: ModuleType, house: dict[str, Any]) -> None:
    found = roof.figures({**house, "outline": [[0, 0], [1.2, 0], [1.2, 1.2], [0, 1.2]]})
    assert (found["panels"], found["yield_kwh"], found["saving_per_year"]) == (0, 0, 0)


def made(roof: ModuleType, house: dict[str, Any], grid: Any) -> float:
    """kWh on a square metre of all places of a grid that are not left free."""
    u, v, width, height = grid
    c = math.cos(math.radians(house["pitch_deg"]))
    months, lost = roof.shade(house, u + width / 2, v * c + height * c / 2)
    return float(months.sum(axis=1)[lost <= roof.MOST_SHADE].sum())


def test_no_other_grid_makes_more_and_the_fullest_may_make_less(
    roof: ModuleType, house: dict[str, Any]
) -> None:
    """Trees in front of it: the fullest grid has panels in the shade, another fewer and more kWh."""
    fullest_was_beaten = False
    for pitch, azimuth, (east, north) in ((35, 196, (0, 0)), (25, 150, (2, -1)), (42, 240, (-2.5, 2))):
        trees = [{**tree, "at": [tree["at"][0] + east, tree["at"][1] + north]} for tree in house["trees"]]
        moved = {**house, "pitch_deg": pitch, "azimuth_deg": azimuth, "trees": trees}
        grids = roof.places(moved)
        chosen = roof.pack(moved)
        kept = [place for place in chosen if place.shade <= roof.MOST_SHADE]
        own = sum(sum(place.months) for place in kept)
        assert own == pytest.approx(max(made(roof, moved, grid) for grid in grids), rel=1e-9)
        fullest = max(grids, key=lambda grid: len(grid[0]))
        fullest_was_beaten |= made(roof, moved, fullest) < 0.999 * own
        years = [sum(place.months) for place in chosen]
        assert years == sorted(years, reverse=True), "the best place first"
    assert fullest_was_beaten


def test_prices_and_use_move_no_panel(roof: ModuleType, house: dict[str, Any]) -> None:
    before = roof.figures(house)
    after = roof.figures({**house, "annual_kwh": 9_000, "price_ct": 48, "feed_in_ct": 6})
    assert before["spots"] == after["spots"]
    assert before["saving_per_year"] != after["saving_per_year"]

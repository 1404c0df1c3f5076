"""The solar company's customers.

Roofs, households and neighbours, and how well panels would fit them. Knows the attributes of
``examples/solar/journey.yaml``; how customers behave stands in its simulator.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.arrays import Floats
from training.simulator.world.world import World

ORIENTATIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
SUNSHINE = np.array([-1.2, -0.8, 0.0, 0.6, 0.9, 0.6, 0.0, -0.8])  # by orientation
FIRST_NAMES = (
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannes",
    "Ida", "Jonas", "Klara", "Leon", "Mia", "Noah", "Olivia", "Paul",
)  # fmt: skip
AREAS = ("10", "20", "22", "30", "40", "50", "60", "70", "79", "80", "81", "90")


class SolarWorld(World):
    """Households whose circumstances explain part of their warmth.

    Roof, use of electricity, neighbours and ownership.
    """

    def attributes(self, n: int, rng: np.random.Generator) -> tuple[Sequence[Mapping[str, Any]], Floats]:
        """Attributes of ``n`` households and how well panels fit them, standardised over the formula."""
        owner = rng.random(n) < 0.72
        people = 1 + rng.poisson(1.5, n)
        kwh = np.round(1200 + 900 * people + rng.gamma(2.0, 400, n), -1)
        roof = np.round(rng.gamma(6.0, 11.0, n) * np.where(owner, 1.0, 0.6) + 8, 0)
        orientation = rng.integers(0, len(ORIENTATIONS), n)
        neighbours = rng.poisson(rng.gamma(1.2, 1.3, n))
        fit = (
            1.1 * (owner - 0.72)
            + 0.45 * (np.log(roof) - 4.0)
            + 0.45 * SUNSHINE[orientation]
            + 0.5 * (kwh - 4250) / 1500
            + 0.35 * (np.sqrt(neighbours) - 1.0)
        )
        columns = {
            "roof_area_m2": roof,
            "roof_pitch_deg": np.round(rng.normal(36, 8, n).clip(0, 65)),
            "roof_orientation": np.array(ORIENTATIONS)[orientation],
            "latitude": np.round(rng.uniform(47.4, 54.8, n), 2),
            "household_size": people,
            "annual_kwh": kwh,
            "home_owner": owner,
            "postcode_area": np.array(AREAS)[rng.integers(0, len(AREAS), n)],
            "first_name": np.array(FIRST_NAMES)[rng.integers(0, len(FIRST_NAMES), n)],
            "neighbours_with_panels": neighbours,
        }
        known = rng.random(n) < 0.85  # roofs and electricity use are not known of everybody
        return _rows(columns, n, known), (fit - fit.mean()) / max(float(fit.std()), 1e-9)


def _rows(columns: Mapping[str, Any], n: int, known: Any) -> list[dict[str, Any]]:
    """One mapping a customer; what the company could not measure is absent."""
    lists = {name: column.tolist() for name, column in columns.items()}
    measured = ("roof_area_m2", "roof_pitch_deg", "roof_orientation", "annual_kwh")
    return [
        {name: values[i] for name, values in lists.items() if known[i] or name not in measured}
        for i in range(n)
    ]

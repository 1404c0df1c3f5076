"""Households have the attributes of the journey file; some roofs were never measured."""

from __future__ import annotations

import numpy as np
import pytest

from models.domain.journey import AttributeType
from training.simulator.world.world import World


def test_attributes_are_those_that_the_journey_file_declares(solar: World) -> None:
    rows, fit = solar.attributes(2_000, np.random.default_rng(1))
    declared = {attribute.name: attribute for attribute in solar.journey.attributes}

    for row in rows:
        for name, value in row.items():
            attribute = declared[name]
            if attribute.type is AttributeType.CATEGORY and attribute.values:
                assert value in attribute.values
            elif attribute.type is AttributeType.BOOLEAN:
                assert isinstance(value, bool)
    assert (fit.mean(), fit.std()) == pytest.approx((0.0, 1.0), abs=1e-9)


def test_measurements_are_missing_together_for_a_seventh(solar: World) -> None:
    rows, _ = solar.attributes(20_000, np.random.default_rng(1))
    roofs = np.array(["roof_area_m2" in row for row in rows])
    use = np.array(["annual_kwh" in row for row in rows])

    assert roofs.mean() == pytest.approx(0.85, abs=0.01)
    assert np.array_equal(roofs, use)
    assert all("home_owner" in row for row in rows), "who owns their home is always known"

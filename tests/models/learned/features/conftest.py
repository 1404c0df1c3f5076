"""What tests of features share."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, make_spec


@pytest.fixture(scope="module")
def builder(tiny_journey: Journey) -> FeatureBuilder:
    return FeatureBuilder(make_spec(tiny_journey, windows_days=(0.5, 7, 40)), tiny_journey)

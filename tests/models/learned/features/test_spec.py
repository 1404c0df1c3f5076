"""A feature list survives JSON, and refuses code and journeys that it does not fit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models.domain.journey import Attribute, AttributeType, Journey
from models.errors import FeatureMismatchError
from models.learned.features.builder import FeatureSpec, make_spec


def test_a_spec_survives_json_and_its_hash_tells_specs_apart(solar_journey: Journey) -> None:
    spec = make_spec(solar_journey)
    again = FeatureSpec.from_json(spec.to_json())

    assert again == spec
    assert again.sha256 == spec.sha256
    assert make_spec(solar_journey, windows_days=(1, 7)).sha256 != spec.sha256
    assert len(set(spec.customer_names)) == len(spec.customer_names)


def test_categorical_columns_are_those_that_hold_codes(tiny_journey: Journey) -> None:
    spec = make_spec(tiny_journey)

    assert [spec.customer_names[i] for i in spec.customer_categorical] == [
        "phase",
        "phase_lag_1",
        "phase_lag_2",
        "attribute.segment",
    ]
    assert [spec.candidate_names[i] for i in spec.candidate_categorical] == ["action", "channel", "group"]


def test_a_spec_written_by_other_code_is_refused_with_both_sides(tiny_journey: Journey) -> None:
    stored = json.loads(make_spec(tiny_journey).to_json())
    stored["customer_names"][3] = "opens_30d"

    with pytest.raises(FeatureMismatchError, match=r"opens_30d.*dwell_days"):
        FeatureSpec.from_json(json.dumps(stored))
    with pytest.raises(FeatureMismatchError, match="format 0"):
        FeatureSpec.from_json(json.dumps({**stored, "format": 0}))


def test_a_spec_fits_only_a_journey_with_its_phases_channels_and_attributes(tiny_journey: Journey) -> None:
    spec = make_spec(tiny_journey)
    vip = Attribute(name="vip", type=AttributeType.NUMBER, label="VIP")
    retyped = tuple(vip if each.name == "vip" else each for each in tiny_journey.attributes)
    wrong = {
        "phases": replace(tiny_journey, phases=tiny_journey.phases[::-1]),
        "channels": replace(tiny_journey, channels=tiny_journey.channels[:1]),
        "'vip'": replace(tiny_journey, attributes=retyped),
        "'age'": replace(tiny_journey, attributes=tiny_journey.attributes[1:]),
    }
    for what, journey in wrong.items():
        with pytest.raises(FeatureMismatchError, match=what):
            spec.check(journey)

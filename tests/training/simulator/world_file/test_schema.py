"""The shape of a world file: types, bounds, and names of its own for what Python has taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from training.simulator.world_file.schema import WorldSchema
from training.simulator.world_file.truth import ActionTruth, Browsing, ChannelTruth, Fatigue, Warmth


def content(**changed: Any) -> dict[str, Any]:
    world = {
        "class": "a.B",
        "journey": "journey.yaml",
        "start": "2026-01-01T00:00:00",
        "step_days": 7,
        "channels": {"web": {"load": 0.5, "available": 0.9}},
        "touchpoints": {"visit": "web"},
        "phases": {"p": {"moves": {"p": 0.1}, "browsing": {"touchpoints": {"visit": 1}}, "entry": ["visit"]}},
        "signals": {"p": ["visit"]},
        "actions": {"teaser": {"load": 2, "response": {"p": 0.2}}},
    }
    return world | changed


def test_a_file_becomes_dataclasses() -> None:
    loaded = WorldSchema().load(content(warmth={"quiet": -1}))

    assert loaded["kind"] == "a.B"
    assert loaded["start"] == datetime(2026, 1, 1, tzinfo=UTC)  # without a zone: UTC
    assert loaded["channels"] == {"web": ChannelTruth(load=0.5, available=0.9)}
    assert loaded["actions"] == {"teaser": ActionTruth(load=2.0, response={"p": 0.2})}
    assert loaded["phases"]["p"].browsing == Browsing(touchpoints={"visit": 1.0})
    assert loaded["phases"]["p"].entry == ("visit",)
    assert (loaded["warmth"], loaded["fatigue"]) == (Warmth(quiet=-1.0), Fatigue())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"step_days": 0}, "step_days"),
        ({"channels": {"web": {"available": 1.1}}}, "channels"),
        ({"actions": {"teaser": {"load": -1}}}, "actions"),
        ({"actions": {"teaser": {"response": {"p": 2}}}}, "actions"),
        ({"phases": {"p": {"moves": {}, "browsing": {"touchpoints": {}}}}}, "phases"),
        ({"phases": {"p": {"moves": {}, "browsing": {"touchpoints": {"visit": 0}}}}}, "phases"),
        ({"fatigue": {"retained": 1.5}}, "fatigue"),
        ({"logging": {"exploration": -0.1}}, "logging"),
        ({"weather": "fine"}, "weather"),
    ],
)
def test_what_is_out_of_bounds_is_told_by_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WorldSchema().load(content(**changed))

    assert set(refused.value.normalized_messages()) == {field}

"""An engine and what belongs to it, out of a registry and a journey file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import BundleError, JourneyFileError
from nba_service.engine.serving import load_champion, load_serving
from nba_service.settings import Settings


def test_a_journey_file_of_its_own_must_fit_the_bundle(
    settings: Settings, tmp_path: Path, tiny_journey_text: str
) -> None:
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text.replace("value: 10", "value: 11"))
    other = dataclasses.replace(settings, journey=path)
    offer = load_serving(other, "b-1").journey.actions[1]
    assert (offer.name, offer.value) == ("offer", 11)

    path.write_text(tiny_journey_text.replace("stranger", "unknown_visitor"))
    with pytest.raises(BundleError, match="do not fit together: the bundle was trained with the phases"):
        load_serving(other, "b-1")

    path.write_text("phases: 3")
    with pytest.raises(JourneyFileError):
        load_serving(other, "b-1")


def test_no_champion_is_shared_where_none_loads(
    settings: Settings, damage: Callable[[str], None], tmp_path: Path
) -> None:
    assert load_champion(dataclasses.replace(settings, registry=tmp_path / "none")) is None
    damage("b-1")
    assert load_champion(settings) is None

"""What a process starts with, and bundles that are refused."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import JourneyFileError
from models.registry import Registry
from nba_service.engine.bundle_loader import BundleLoader
from nba_service.engine.serving import load_champion
from nba_service.engine.source import EngineSource
from nba_service.server.gunicorn_conf import Service
from nba_service.settings import Settings


def test_a_worker_that_starts_with_a_damaged_champion_takes_the_one_before(
    settings: Settings, promote: Callable[[str], None], damage: Callable[[str], None]
) -> None:
    damage("b-2")
    promote("b-2")

    source = EngineSource(settings, poll=False)

    assert source.current().bundle_id == "b-1"
    assert "b-2" in source.refused


def test_workers_share_the_champion_that_was_loaded_before_them(
    settings: Settings, promote: Callable[[str], None]
) -> None:
    found = load_champion(settings)
    assert found is not None
    assert EngineSource(settings, poll=False, champion=found).current() is found

    promote("b-2")
    assert EngineSource(settings, poll=False, champion=found).current().bundle_id == "b-2"


def test_a_shared_champion_with_another_journey_file_is_loaded_anew(
    settings: Settings, tmp_path: Path, tiny_journey_text: str
) -> None:
    """A worker that starts later, after a HUP say, reads the journey file as it is then."""
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text)
    own = dataclasses.replace(settings, journey=path)
    found = load_champion(own)
    assert found is not None
    assert EngineSource(own, poll=False, champion=found).current() is found

    path.write_text(tiny_journey_text.replace("value: 10", "value: 11"))
    assert EngineSource(own, poll=False, champion=found).current().journey.actions[1].value == 11

    path.unlink()
    with pytest.raises(JourneyFileError):
        EngineSource(own, poll=False, champion=found).current()


def test_the_service_loads_the_champion_once_for_all_workers(settings: Settings) -> None:
    service = Service(settings)
    service.share()
    gc.unfreeze()
    worker, other = (service.load().extensions["nba"].source for _ in range(2))
    try:
        assert worker.current() is other.current()
    finally:
        worker.stop()
        other.stop()


def test_a_refused_bundle_is_tried_again_once_another_champion_was(
    settings: Settings, damage: Callable[[str], None]
) -> None:
    whole = (settings.registry / "bundles" / "b-2" / "features.json").read_bytes()
    loader = BundleLoader(settings, Registry(settings.registry), None, None)
    damage("b-2")
    assert loader.tried("b-2") is None
    assert "features.json" in loader.refused["b-2"]
    (settings.registry / "bundles" / "b-2" / "features.json").write_bytes(whole)
    assert loader.tried("b-2") is None  # it was refused, whatever happened to it since

    assert loader.tried_champion("b-1") is not None
    assert loader.refused == {}
    assert loader.tried("b-2") is not None
    assert loader.refusals == 1

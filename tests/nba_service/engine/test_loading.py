"""From a registry and a journey file to an engine, at present and in the past."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import BundleError, JourneyFileError, NBAError, RegistryError
from nba_service.engine.loading import NO_BUNDLE, load_engine, load_past_engine, read_journey


@pytest.fixture
def journey_file(tmp_path: Path, tiny_journey_text: str) -> Path:
    """The tiny journey, where an offer is worth 11 EUR instead of 10."""
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text.replace("value: 10", "value: 11"))
    return path


def test_a_bundle_decides_with_the_journey_it_was_trained_with(published: Path) -> None:
    engine = load_engine(published, None, "b-1")

    assert (engine.bundle_id, engine.journey.actions[1].value) == ("b-1", 10)
    assert engine.models is not None


def test_a_journey_file_of_the_settings_comes_before_the_bundles(registry: Path, journey_file: Path) -> None:
    engine = load_engine(registry, journey_file, "b-1")

    assert (engine.bundle_id, engine.journey.actions[1].value) == ("b-1", 11)
    assert engine.trained.actions[1].value == 10


def test_without_a_bundle_the_journey_file_decides_alone(registry: Path, journey_file: Path) -> None:
    engine = load_engine(registry, journey_file, None)

    assert (engine.bundle_id, engine.models) == (NO_BUNDLE, None)


def test_with_neither_nothing_can_decide(registry: Path) -> None:
    with pytest.raises(BundleError, match="There is no champion bundle and NBA_JOURNEY is not set"):
        load_engine(registry, None, None)


def test_a_bundle_that_is_not_there_is_named(registry: Path) -> None:
    with pytest.raises(RegistryError, match="b-9"):
        load_engine(registry, None, "b-9")


def test_a_journey_file_with_other_phases_does_not_fit_the_bundle(registry: Path, journey_file: Path) -> None:
    journey_file.write_text(journey_file.read_text().replace("interested", "curious"))

    with pytest.raises(BundleError, match="Bundle 'b-1' and the journey file do not fit together: "):
        load_engine(registry, journey_file, "b-1")


def test_a_journey_file_that_was_used_is_there_for_replay(registry: Path, journey_file: Path) -> None:
    used = load_engine(registry, journey_file, "b-1").journey.sha256
    journey_file.write_text(journey_file.read_text().replace("value: 11", "value: 12"))

    past = load_past_engine(registry, "b-1", used)
    alone = load_past_engine(registry, NO_BUNDLE, used)

    assert (past.bundle_id, past.journey.actions[1].value) == ("b-1", 11)
    assert (alone.models, alone.journey.actions[1].value) == (None, 11)


def test_a_bundles_own_journey_needs_no_archive(published: Path) -> None:
    own = load_engine(published, None, "b-1").journey.sha256

    assert load_past_engine(published, "b-1", own).journey.sha256 == own


def test_a_journey_file_of_the_past_that_is_gone_is_an_error(registry: Path) -> None:
    for bundle_id in ("b-1", NO_BUNDLE):
        with pytest.raises(NBAError, match="0" * 64):
            load_past_engine(registry, bundle_id, "0" * 64)


def test_a_journey_file_is_kept_only_where_there_is_a_registry(tmp_path: Path, journey_file: Path) -> None:
    read_journey(journey_file)
    assert not (tmp_path / "journeys").exists()

    read_journey(journey_file, tmp_path)
    assert len(list((tmp_path / "journeys").iterdir())) == 1


def test_a_journey_file_that_cannot_be_read_says_why_and_what_to_check(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "gone.yaml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(JourneyFileError, match=rf"expected a journey file, got {why}.*Check NBA_JOURNEY"):
            read_journey(path)


def test_a_wrong_file_is_not_kept(tmp_path: Path, journey_file: Path) -> None:
    journey_file.write_text("phases: 3")

    with pytest.raises(JourneyFileError):
        read_journey(journey_file, tmp_path)
    assert not (tmp_path / "journeys").exists()


def test_a_damaged_bundle_is_refused(registry: Path, settings: object, damage: Callable[[str], None]) -> None:
    damage("b-1")

    with pytest.raises(BundleError, match=r"features\.json"):
        load_engine(registry, None, "b-1")

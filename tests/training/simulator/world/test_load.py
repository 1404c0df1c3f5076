"""A world file names the class of its world; its mistakes are told with file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import WorldFileError
from training.simulator.kinds.misread import MisreadWorld
from training.simulator.kinds.segments import SegmentWorld
from training.simulator.kinds.solar import SolarWorld
from training.simulator.world import World
from training.simulator.world.load import load_world

ROOT = Path(__file__).parents[4]


def changed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "world.yaml"
    worlds = ROOT / "benchmarks/worlds"
    path.write_text(f"extends: {worlds}/base.yaml\njourney: {worlds}/journey.yaml\n{text}")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("phases: {gone: {moves: {}, browsing: {touchpoints: {visit: 1}}}}", "the journey has no 'gone'"),
        ("phases: {curious: {moves: {comparing: 0.9, quiet: 0.3}}}", "expected a sum below 1"),
        ("phases: {curious: {share: 0.9}}", "expected shares that sum to 1"),
        ("phases: {curious: {share: lots}}", "field phases.curious.share: Not a valid number"),
        ("signals: {deciding: []}", "no touchpoint tells of the move comparing > deciding"),
        ("actions: {story: {moves: {unaware: {customer: 1}}}}", "the journey has no 'customer'"),
        ("touchpoints: {visit: fax}", "the journey has no 'fax'"),
        ("class: training.simulator.world:Nobody", "cannot find"),
        ("class: pathlib:Path", "expected module:Class of a World"),
        ("weather: sunny", "field weather: Unknown field"),
    ],
)  # fmt: skip
def test_a_wrong_world_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(WorldFileError, match="WORLD_FILE_INVALID") as caught:
        load_world(changed(tmp_path, text))
    assert said in str(caught.value)


def test_a_world_extends_another(tmp_path: Path) -> None:
    world = load_world(changed(tmp_path, "warmth: {forward: 2.0}"))
    assert world.file.warmth.forward == 2.0
    assert world.file.warmth.quiet == -0.3  # as in base.yaml


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("training.simulator.world:World", World),
        ("training.simulator.segments:SegmentWorld", SegmentWorld),
        ("training.simulator.misread:MisreadWorld", MisreadWorld),
        ("training.simulator.solar:SolarWorld", SolarWorld),
        ("training.simulator.kinds.segments:SegmentWorld", SegmentWorld),
    ],
)
def test_classes_are_found_at_their_old_places_too(tmp_path: Path, named: str, kind: type[World]) -> None:
    """World files that companies wrote before version 0.3 name modules that have moved."""
    assert type(load_world(changed(tmp_path, f"class: {named}"))) is kind

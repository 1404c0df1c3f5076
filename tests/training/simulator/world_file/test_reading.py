"""World files may extend one another, and say where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import WorldFileError
from training.simulator.world_file.reading import read_world_file

WORLDS = Path(__file__).parents[4] / "benchmarks" / "worlds"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_says_only_what_differs_from_the_one_it_extends(tmp_path: Path) -> None:
    """Nested mappings are merged; through two steps, too."""
    write(
        tmp_path,
        "one.yaml",
        f"extends: {WORLDS}/base.yaml\njourney: {WORLDS}/journey.yaml\nwarmth: {{forward: 2.0}}",
    )
    last = write(tmp_path, "two.yaml", "extends: one.yaml\nwarmth: {quiet: -1.0}")

    world, base = read_world_file(last), read_world_file(WORLDS / "base.yaml")

    assert world.name == "two"
    assert (world.warmth.forward, world.warmth.quiet) == (2.0, -1.0)
    assert world.warmth.response == base.warmth.response
    assert world.phases == base.phases


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "expected a mapping"),
        ("{", "is not YAML"),
        (f"extends: {WORLDS}/base.yaml\njourney: gone.yaml", "field journey: cannot read"),
        (f"extends: {WORLDS}/base.yaml\njourney: {WORLDS}/journey.yaml\nstep_days: 0", "field step_days"),
    ],
)
def test_a_wrong_file_says_so(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(WorldFileError, match="WORLD_FILE_INVALID") as caught:
        read_world_file(write(tmp_path, "world.yaml", text))

    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldFileError, match=r"gone\.yaml.*cannot be read"):
        read_world_file(tmp_path / "gone.yaml")

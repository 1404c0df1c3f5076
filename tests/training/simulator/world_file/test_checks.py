"""What a world file and its journey say differently is told by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from training.simulator.world import World
from training.simulator.world_file.checks import mismatches
from training.simulator.world_file.truth import WorldFile


@pytest.fixture
def file(benchmark_world: Callable[[str], World]) -> WorldFile:
    return benchmark_world("base").file


def test_a_good_file_has_no_mismatch(file: WorldFile) -> None:
    assert mismatches(file) == []


def test_everything_that_is_wrong_is_told_at_once(file: WorldFile) -> None:
    first = next(iter(file.actions))
    wrong = replace(
        file,
        channels={name: truth for name, truth in file.channels.items() if name != "web"},
        actions=file.actions | {first: replace(file.actions[first], response={"nowhere": 0.1})},
        touchpoints={name: channel for name, channel in file.touchpoints.items() if name != "visit"},
    )

    problems = "\n".join(mismatches(wrong))

    assert "field channels: 'web' of the journey is missing" in problems
    assert f"field actions.{first}.response: the journey has no 'nowhere'" in problems
    assert "field touchpoints: visit is used but has no channel" in problems


def test_a_move_that_no_touchpoint_tells_of_is_named(file: WorldFile) -> None:
    assert any(
        "no touchpoint tells of the move" in problem for problem in mismatches(replace(file, signals={}))
    )


def test_what_a_touchpoint_tells_stands_in_the_journey_file(solar: World) -> None:
    told = {"contract_cancelled": {"reason": {"weather": 1.0}, "mood": {"bad": 1.0}}, "page_view": {}}
    problems = "\n".join(mismatches(replace(solar.file, tells=told)))

    assert mismatches(solar.file) == []
    assert "field tells: the journey has no 'page_view'" in problems
    assert "field tells.contract_cancelled: the journey has no 'mood'" in problems
    assert "field tells.contract_cancelled.reason: the journey has no 'weather'" in problems

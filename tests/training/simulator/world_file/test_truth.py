"""What a world file says, and what stands where it is silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from training.simulator.world import World
from training.simulator.world_file.truth import ActionTruth, Answers, ChannelTruth, Taste


def test_the_signal_of_a_move_wins_over_that_of_its_target(benchmark_world: Callable[[str], World]) -> None:
    file = replace(benchmark_world("base").file, signals={"b": ("seen",), "a>b": ("told", "shown")})

    assert file.signal("a", "b") == ("told", "shown")
    assert file.signal("c", "b") == ("seen",)
    assert file.signal("b", "a") == ()


def test_what_is_not_said_changes_nothing() -> None:
    assert (ActionTruth().moves, ActionTruth().slope, ActionTruth().load) == ({}, 0.0, 1.0)
    assert (ChannelTruth().reach, ChannelTruth().response, ChannelTruth().available) == (1.0, 0.0, 1.0)
    assert (Taste().spread, Taste().effect) == (0.0, 0.0)
    assert (Answers().rejected, Answers().unsubscribed) == (0.0, 0.0)

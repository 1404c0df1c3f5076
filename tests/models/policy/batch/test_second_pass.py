"""What a full channel does not grant goes to what a second decision would choose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.policy.batch.capacity import Cut
from models.policy.batch.rows import RowWriter
from models.policy.batch.second_pass import FirstDecision
from models.policy.engine import Engine
from models.policy.steps import run_steps

NO_ROOM = {"email": Cut(last=None, first_out=(0.0, 0.0))}
ROOM_FOR_THE_BEST = {"email": Cut(last=(-1e9, 0.0), first_out=(1e9, 1.0))}


@pytest.fixture
def engine(tiny_journey: Journey, tiny_models: Models) -> Engine:
    channels = tuple(
        replace(channel, daily_capacity=1) if channel.name == "email" else channel
        for channel in tiny_journey.channels
    )
    return Engine(replace(tiny_journey, channels=channels), tiny_models, "b")


def first_row(engine: Engine, request: DecisionRequest) -> dict[str, Any]:
    return RowWriter(engine, "r")(run_steps(engine, replace(request, rooms={"email": 9})))


def shares(row: dict[str, Any]) -> dict[tuple[str, str | None], float]:
    return {(e["action"], e["channel"]): e["action_probability"] for e in json.loads(row["candidates"])}


def test_without_any_room_probabilities_are_those_without_the_channel(
    engine: Engine, ask: Callable[..., DecisionRequest]
) -> None:
    request = ask(channels=("email", "web"))
    row = first_row(engine, request)
    wanted = sum(chance for (_, channel), chance in shares(row).items() if channel == "email")
    alone = run_steps(engine, replace(request, rooms={"email": 0}))
    names = [engine.journey.treatments[code] for code in alone.candidates.tolist()]
    without = dict(
        zip([(t.action, t.channel) for t in names], alone.picks[0].probability.tolist(), strict=True)
    )
    first = FirstDecision.of(row, NO_ROOM)
    before = shares(row)

    first.settle(engine, alone)

    assert wanted > 0
    assert first.missed == pytest.approx(wanted)
    for name, chance in shares(first.row).items():
        kept = 0.0 if name[1] == "email" else before[name]
        assert chance == pytest.approx(kept + wanted * without.get(name, 0.0))
    assert first.row["channel"] != "email"
    assert first.row["action_probability"] == shares(first.row)[first.row["action"], first.row["channel"]]


def test_what_is_granted_is_left_as_it_was(engine: Engine, ask: Callable[..., DecisionRequest]) -> None:
    row = first_row(engine, ask(channels=("web",)))

    first = FirstDecision.of(row, NO_ROOM)

    assert (first.refused, first.missed, first.lost) == ([], 0, False)


def test_a_wish_on_the_full_channel_is_asked_for_its_turn(
    engine: Engine, ask: Callable[..., DecisionRequest]
) -> None:
    """Nobody gains so much as those who have the last places here, so all of its mails are refused."""
    row = first_row(engine, ask(channels=("email",)))

    first = FirstDecision.of(row, ROOM_FOR_THE_BEST)

    assert [first.shares[at]["channel"] for at in first.refused] == ["email"] * (len(first.shares) - 1)
    assert first.lost is (row["channel"] == "email")

"""Which places a request asks to fill, and with what."""

from __future__ import annotations

from typing import Any

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.errors import RequestError, UnknownNameError
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask


@pytest.fixture
def engine(tiny_journey: Journey, learned: Models) -> Engine:
    return Engine(tiny_journey, learned, "2026-11-20")


def test_placements_get_what_belongs_there_without_duplicates(engine: Engine, ask: Ask) -> None:
    for i in range(30):
        decision = decide(engine, ask(decision_id=f"d-{i}", placements=("banner", "sidebar")))
        assert [a.placement for a in decision.actions] == ["banner", "sidebar"]
        assert all(a.channel in (None, "web") for a in decision.actions)
        taken = [a.action for a in decision.actions if a.action != "nothing"]
        assert len(taken) == len(set(taken))


def test_context_weights_steer(engine: Engine, ask: Ask) -> None:
    plain = decide(engine, ask())
    heavy = decide(engine, ask(context={"weights": {"teaser": 2.0, "awareness": 1.5}}))
    for before, after in zip(plain.candidates[1:], heavy.candidates[1:], strict=True):
        assert after.value.immediate == pytest.approx(3.0 * before.value.immediate)


@pytest.mark.parametrize(
    "fields",
    [
        {"channels": ("fax",)},
        {"placements": ("footer",)},
        {"exclude": ("teezer",)},
        {"exclude": ("nothing",)},
        {"stated_phase": "married"},
        {"context": {"weights": {"teezer": 2.0}}},
    ],
)
def test_unknown_names_are_refused_with_what_there_is(
    engine: Engine, ask: Ask, fields: dict[str, Any]
) -> None:
    with pytest.raises(UnknownNameError, match="it has '"):
        decide(engine, ask(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": 101},
        {"placements": ()},
        {"context": {"weights": {"teaser": -1.0}}},
        {"context": {"weights": {"teaser": float("nan")}}},
        {"context": {"weights": ["teaser"]}},
        {"context": {"expires_after_hours": 0}},
    ],
)
def test_numbers_out_of_range_are_refused(engine: Engine, ask: Ask, fields: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match="expected"):
        decide(engine, ask(**fields))

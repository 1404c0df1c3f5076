"""Moves: sums add up, and phases that are gone from the journey file are left out."""

from __future__ import annotations

from models.domain.journey import Journey
from nba_service.console.facts.moves import greatest_change, greatest_loss, moves_of, onward


def rows(journey: Journey) -> list[dict[str, object]]:
    a, b, c = (phase.name for phase in journey.phases[:3])
    return [
        {"from": a, "to": b, "ours": 12.0, "nothing": 4.0},
        {"from": b, "to": c, "ours": 3.0, "nothing": 2.0},
        {"from": b, "to": a, "ours": 1.0, "nothing": 2.5},
        {"from": c, "to": "gone", "ours": 99.0, "nothing": 0.0},
    ]


def test_who_moves_on_and_who_falls_back(tiny_journey: Journey) -> None:
    moves = moves_of(tiny_journey, rows(tiny_journey))
    loss, change = greatest_loss(moves), greatest_change(moves)

    assert onward(moves) == (15.0, 6.0)
    assert loss is not None
    assert (loss.start, loss.end, loss.ours) == (1, 0, 1.0)
    assert change is not None
    assert (change.start, change.end) == (0, 1)
    assert greatest_loss([]) is None

"""Moves between phases as a bundle carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.domain.journey import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Customers of 1,000 who go from one phase to another."""

    start: int
    end: int
    ours: float
    nothing: float

    @property
    def onward(self) -> bool:
        return self.end > self.start


def moves_of(journey: Journey, rows: Sequence[Mapping[str, Any]]) -> list[Move]:
    """The rows of a bundle whose phases the journey file still has."""
    index = journey.phase_index
    return [
        Move(start=index[row["from"]], end=index[row["to"]], ours=row["ours"], nothing=row["nothing"])
        for row in rows
        if row["from"] in index and row["to"] in index
    ]


def onward(moves: Sequence[Move]) -> tuple[float, float]:
    """How many of 1,000 move on, with and without us."""
    forward = [move for move in moves if move.onward]
    return sum(move.ours for move in forward), sum(move.nothing for move in forward)


def greatest_loss(moves: Sequence[Move]) -> Move | None:
    """The lapse that takes most."""
    back = [move for move in moves if not move.onward]
    return max(back, key=lambda move: move.ours, default=None)


def greatest_change(moves: Sequence[Move]) -> Move | None:
    """The step onward that our actions change most."""
    forward = [move for move in moves if move.onward]
    return max(forward, key=lambda move: abs(move.ours - move.nothing), default=None)

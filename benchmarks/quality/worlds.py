"""The worlds that quality is measured in, and where their files lie.

Knows names and paths; what is in a world stands in its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Place:
    """A world's short name, its file, and what is hard about it."""

    name: str
    file: str
    title: str

    @property
    def path(self) -> Path:
        return ROOT / self.file


WORLDS: Final = (
    Place("solar", "examples/solar/simulator.yaml", "the solar company"),
    Place("clicks", "benchmarks/worlds/clicks.yaml", "(a) clicks that lead nowhere"),
    Place("fatigue", "benchmarks/worlds/fatigue.yaml", "(b) strong fatigue"),
    Place("delayed", "benchmarks/worlds/delayed.yaml", "(c) rewards delayed by months"),
    Place("misread", "benchmarks/worlds/misread.yaml", "(d) misread phases"),
    Place("unexplored", "benchmarks/worlds/unexplored.yaml", "(e) a log without exploration"),
    Place("nothing_works", "benchmarks/worlds/nothing_works.yaml", "(f) nothing works"),
)
BY_NAME: Final = {place.name: place for place in WORLDS}

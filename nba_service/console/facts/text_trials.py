"""Every text of the journey file as sample customers would read it.

And where it fails. Tried once per journey file by each process.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.domain.journey import Journey
from models.journey_file.yaml_tree import read_yaml
from models.registry import Registry
from nba_service.content.facts import FactBook
from nba_service.content.samples import made_up
from nba_service.content.trial import Trial, place_of, trials
from nba_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A text that is not read as it is written.

    ``line`` 0: the journey file's bytes are not at hand.
    """

    trial: Trial
    line: int
    samples: int


class TextTrials:
    """All texts of the journey file that decides now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[str, Sequence[Trial]] | None = None

    def of(self, journey: Journey, facts: FactBook, now: datetime) -> Sequence[Trial]:
        """Each text for each usual sample, in the order of the file."""
        with self._lock:
            if self._kept is None or self._kept[0] != journey.sha256:
                samples = [sample for sample in made_up(journey) if sample.usual]
                self._kept = (journey.sha256, tuple(trials(journey, facts, samples, now)))
            return self._kept[1]


def failures(journey: Journey, tried: Sequence[Trial], data: bytes | None) -> list[Failure]:
    """One per text and reason, with the line of the journey file it stands in."""
    lines = None if data is None else read_yaml(data, "journey.yaml")[1].lines
    written = set() if lines is None else set(lines.by_path)
    found: dict[tuple[str, ...], list[Trial]] = {}
    for one in tried:
        if one.problem:
            key = (one.action, one.key, one.variant, one.locale, one.field, one.problem)
            found.setdefault(key, []).append(one)
    result = []
    for rows in found.values():
        one, line = rows[0], 0
        if lines is not None:
            line = lines.of(place_of(journey, one, written))
        result.append(Failure(trial=one, line=line, samples=len(rows)))
    return result


def journey_bytes(settings: Settings, journey: Journey) -> tuple[str, bytes | None]:
    """The journey file that decides: its name and bytes; None if they have changed or are not there."""
    paths = [settings.journey] if settings.journey is not None else []
    registry = Registry(settings.registry)
    champion = registry.champion()
    if champion is not None:
        paths.append(registry.path(champion) / "journey.yaml")
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == journey.sha256:
            return path.name, data
    return "journey.yaml", None

"""What a training gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.bundle import Manifest
from models.bundle.gate import GateCheck
from models.domain.journey import Journey
from training.data.validate import Validated


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """A published bundle and what became of it.

    Attributes:
        promoted: why the bundle decides now; None: it waits for ``nba promote``.
        refused: what the gate objects to.
        reports: the bundle's folder.
        seconds: by stage.
    """

    manifest: Manifest
    promoted: str | None
    refused: tuple[GateCheck, ...]
    reports: Path
    seconds: Mapping[str, float]
    validated: Validated
    journey: Journey

"""Everything a run found out that its report tells."""

from __future__ import annotations

from dataclasses import dataclass

from models.bundle import Bundle, Manifest, Models
from training.evaluation.figures.predictions import Predictions
from training.fit.prepared import Prepared
from training.gate.contest import Choices, Contest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """A finished run.

    ``champion``: the bundle that decided when it ran; None: there was none.
    """

    prepared: Prepared
    models: Models
    manifest: Manifest
    predictions: Predictions
    contest: Contest
    choices: Choices
    champion: Bundle | None

"""The path ahead: which phases a customer likely sees within three months.

The first step is what the models expect of this customer and treatment; from there on, customers of a phase
move as they do when nothing is done. So the path says what one action changes, and promises nothing of those
that follow. Knows the phase chain; knows nothing of texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats
from models.learned.transition.effects import softmax
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps

DAYS: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAhead:
    """Chances to enter each other phase within ``days``.

    ``chosen``: if the chosen action is done and nothing after it; ``nothing``: if nothing is done at all.
    """

    days: float
    chosen: Mapping[str, float]
    nothing: Mapping[str, float]


def path_ahead(engine: Engine, steps: DecisionSteps) -> PathAhead | None:
    """Of the first slot's choice; None: no model, or one that knows the next phase but not when."""
    models, horizon = engine.models, engine.journey.objective.horizon_days
    if models is None or horizon is None:
        return None
    chain = softmax(models.transition.chain + models.transition.calibration.shift)
    further = max(math.ceil(DAYS / horizon) - 1, 0)
    phase = int(steps.situations.phase[0])
    leads_to = steps.scores.leads_to[[steps.picks[0].candidate, 0]]
    chosen, nothing = entered(leads_to, chain, further).tolist()
    names = [one.name for one in engine.journey.phases]
    return PathAhead(
        days=(further + 1) * horizon,
        chosen={name: chosen[code] for code, name in enumerate(names) if code != phase},
        nothing={name: nothing[code] for code, name in enumerate(names) if code != phase},
    )


def entered(leads_to: Floats, chain: Floats, further: int) -> Floats:
    """Chance to have been in each phase after the first step or one of ``further`` steps.

    Args:
        leads_to: shape (n, P). Phase after the first step.
        chain: shape (P, P). P(next phase | phase); rows sum to one.

    Returns:
        Shape (n, P), in [0, 1].
    """
    phases = len(chain)
    found = np.empty_like(leads_to)
    for phase in range(phases):
        staying = chain.copy()
        staying[phase] = np.eye(phases)[phase]  # once entered, it counts
        found[:, phase] = (leads_to @ np.linalg.matrix_power(staying, further))[:, phase]
    return np.clip(found, 0.0, 1.0)

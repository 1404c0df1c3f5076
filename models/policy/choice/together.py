"""Choosers of many situations, where the learned policy explores by gaps.

The choosers that ``chooser_for`` makes one by one, from columns of all candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from models import kernel
from models.arrays import AnyInts, Ints
from models.domain.objective import ExplorationMethod
from models.policy.choice.choice import GapChooser
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores


def gap_choosers(
    engine: Engine, phase: AnyInts, sizes: Sequence[int], treatment: Ints, scores: Scores
) -> Iterator[GapChooser] | None:
    """The chooser of the learned policy for each situation; None: it shares out in another way.

    Args:
        phase: shape (n,). Codes of the customers' phases.
        sizes: how many candidates each situation has; the first of them is doing nothing.
        treatment: shape (m,). The candidates of all, one situation after the other.
        scores: of these.
    """
    exploration = engine.journey.objective.exploration
    if kernel.native is None or engine.models is None or engine.has_new:
        return None
    if exploration.method is not ExplorationMethod.INVERSE_GAP:
        return None
    rank = scores.priority
    if engine.factors.priced:
        rank = rank - engine.factors.price.take(treatment)
    if engine.satisfaction is not None:
        rank = rank + engine.satisfaction.worth[np.repeat(phase, sizes), treatment]
    protected = ~engine.catalogue.marketing.take(treatment)
    protected[treatment == 0] = False
    ends = np.cumsum(sizes).tolist()
    return (
        GapChooser(rank[end - size : end], protected[end - size : end], exploration)
        for end, size in zip(ends, sizes, strict=True)
    )

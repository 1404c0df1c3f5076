"""Phases that pay once, and who has been in them.

A phase's entry value is earned each time a customer enters it, or, as the journey file says, the first time
only. Then it matters where a customer has been.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Ints, Mask
from models.domain.journey import Journey


def pays_once(journey: Journey) -> Mask | None:
    """Which phases pay the first time only, shape (P,); None: every phase pays each time."""
    codes = journey.phases_paid_once
    return np.isin(np.arange(len(journey.phases)), codes) if codes else None


def paid_entries(once: Mask | None, reached: Ints) -> Mask | None:
    """Phases that will not pay again for being entered, shape (n, P); None: all pay each time.

    Args:
        once: as ``pays_once`` says.
        reached: shape (n,). A bit for each phase that the customer was in, the present one among them.
    """
    if once is None:
        return None
    been = reached[:, None] >> np.arange(len(once)) & 1
    return np.asarray(once & (been > 0))

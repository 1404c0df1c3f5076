"""What the phase at the horizon is worth from then on.

Counted beyond what was to be expected of the phase before. A policy that moves customers on earns later; the
reward of one decision does not show it. Knows the bundle's own values of phases, learned from earlier rows;
knows nothing of policies.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Floats
from models.bundle import Models
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN


def worth_ahead(prepared: Prepared, models: Models) -> Floats:
    """Shape (n,), EUR discounted to the decision; 0 where the next phase is not known.

    The mean of each phase is taken off: it is the same whatever was done, and only adds to the spread.
    """
    phase, following = prepared.situations.phase, prepared.rows.next_phase
    known = following != UNKNOWN
    worth = models.value.discount[phase] * models.value.chain[following]
    count = np.bincount(phase[known], minlength=len(models.value.chain))
    mean = np.bincount(phase[known], worth[known], len(count)) / np.maximum(count, 1)
    return np.where(known, worth - mean[phase], 0.0)

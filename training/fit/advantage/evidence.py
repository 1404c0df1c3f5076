"""Evidence: how much of the learned effects the other half of the customers confirms.

Effects learned from one half are set against the residuals of the other. Each part of them gets a share
between nothing and a little over one; where both together explain too little, the bundle does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.learned.advantage.model import Advantage, Situation
from training.fit.advantage.learner import Learned
from training.fit.advantage.rows import Rows

MOST: Final = 1.5
"""Half the customers show less than all of them: shares may exceed one, by this much at most."""
LEAST_PER_PART: Final = 3.0
"""Twice the log likelihood that each part must explain, or nothing is done."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """``shares`` of the parts before and ``kept`` after shrinking; ``explained``: 2 log likelihoods."""

    shares: tuple[float, ...]
    kept: tuple[float, ...]
    explained: float


def centred_parts(advantage: Advantage, situation: Situation, rows: Rows) -> Floats:
    """(k, 2) phase and personal part of what was done, minus their mean over what might have been."""
    row = np.arange(rows.n)
    columns = []
    for part in (advantage.phase_part(situation), advantage.personal_part(situation)):
        mean = (rows.probabilities * part).sum(axis=1)
        columns.append(part[row, rows.treatment] - mean)
    return np.column_stack(columns)


def confirm(parts: Sequence[Floats], learned: Sequence[Learned]) -> Evidence:
    """Judge the parts of each half (``parts[f]``: on the rows of half f, learned from the other)."""
    count = parts[0].shape[1]
    gram, moment = np.zeros((count, count)), np.zeros(count)
    for z, own in zip(parts, learned, strict=True):
        gram += z.T @ (z / own.noise[:, None])
        moment += z.T @ (own.residual / own.noise)
    shares = non_negative(gram, moment)
    explained = float(2 * shares @ moment - shares @ gram @ shares)
    used = int((shares > 0).sum())
    kept = np.zeros(count)
    if used and explained >= LEAST_PER_PART * used:
        kept = np.minimum(shares, MOST) * max(0.0, 1.0 - used / explained)
    return Evidence(tuple(shares.tolist()), tuple(kept.tolist()), explained)


def non_negative(gram: Floats, moment: Floats) -> Floats:
    """The best non-negative coefficients of a few columns: every subset is tried."""
    best, best_value = np.zeros(len(moment)), 0.0
    for size in range(1, len(moment) + 1):
        for subset in combinations(range(len(moment)), size):
            at: Ints = np.array(subset)
            block = gram[np.ix_(at, at)] + 1e-9 * np.eye(size)
            found = np.linalg.solve(block, moment[at])
            value = float(found @ moment[at])
            if (found > 0).all() and value > best_value:
                best, best_value = np.zeros(len(moment)), value
                best[at] = found
    return best

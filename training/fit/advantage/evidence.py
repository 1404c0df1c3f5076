"""How much of the learned effects other customers confirm.

The other half of the customers. Effects learned from one half are set against the residuals of the other.
Each part of them gets a share between nothing and a little over one; a part that explains too little is
dropped. Where none is left, the bundle does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.learned.advantage.model import Situation
from training.fit.advantage.learner import Learned
from training.fit.advantage.rows import Rows

MOST: Final = 1.5
"""Half the customers show less than all of them: shares may exceed one, by this much at most."""
LEAST_PER_PART: Final = 4.0
"""Twice the log likelihood that a part must explain on top of the others, or it is dropped."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for learned effects.

    ``shares`` of phase, personal and later part before and ``kept`` after what is weak was dropped.
    ``explained``: twice the log likelihood by what is kept.
    """

    shares: tuple[float, ...]
    kept: tuple[float, ...]
    explained: float


def judged_parts(other: Learned, own: Learned, situation: Situation, rows: Rows) -> Floats:
    """(k, 3) what the other half's effects say of the residuals of these rows.

    Phase and personal part of what was done, minus their mean over what might have been; and what is still
    left of earlier decisions.
    """
    row, advantage = np.arange(rows.n), other.advantage
    columns = []
    for part in (advantage.phase_part(situation), advantage.personal_part(situation)):
        mean = (rows.probabilities * part).sum(axis=1)
        columns.append(part[row, rows.treatment] - mean)
    return np.column_stack([*columns, own.waiting @ other.coefficients])


def confirm(parts: Sequence[Floats], learned: Sequence[Learned]) -> Evidence:
    """Judge the parts of each half (``parts[f]``: on the rows of half f, learned from the other)."""
    count = parts[0].shape[1]
    gram, moment = np.zeros((count, count)), np.zeros(count)
    for z, own in zip(parts, learned, strict=True):
        gram += z.T @ (z / own.noise[:, None])
        moment += z.T @ (own.residual / own.noise)
    left = [*range(count)]
    first = shares = _best(gram, moment, left)
    while left := [k for k in left if shares[k] > 0]:
        alone = {k: _explained(gram, moment, _best(gram, moment, [q for q in left if q != k])) for k in left}
        weakest = max(left, key=lambda k: alone[k])
        if _explained(gram, moment, shares) - alone[weakest] >= LEAST_PER_PART:
            break
        left.remove(weakest)
        shares = _best(gram, moment, left)
    explained = _explained(gram, moment, shares)
    shrunk = max(0.0, 1.0 - len(left) / explained) if left else 0.0
    kept = np.minimum(shares, MOST) * shrunk
    return Evidence(tuple(first.tolist()), tuple(kept.tolist()), explained)


def _explained(gram: Floats, moment: Floats, shares: Floats) -> float:
    return float(2 * shares @ moment - shares @ gram @ shares)


def _best(gram: Floats, moment: Floats, among: Sequence[int]) -> Floats:
    """Shares of some of the parts; the others have none."""
    shares = np.zeros(len(moment))
    if among:
        at = np.array(among)
        shares[at] = non_negative(gram[np.ix_(at, at)], moment[at])
    return shares


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

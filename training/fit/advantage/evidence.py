"""How much of the learned effects other customers confirm.

Effects learned without a sixth of the customers are set against the residuals of that sixth.
Each part of them gets a share between nothing and a little over one; a part that explains too little is
dropped. Where none is left, the bundle does nothing. Noise is stated by phase and may be far off for a few
rows: evidence counts as much as its own spread over customers allows, so that no single one decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from models.arrays import Floats, Ints

MOST: Final = 1.5
"""Some of the customers show less than all of them: shares may exceed one, by this much at most."""
LEAST: Final = 8.0
"""Twice the log likelihood that a part must explain on top of the others, or it is dropped. How far effects
are shrunk is learned from all customers, so chance passes more often than the customers who judge say."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for learned effects of one kind.

    ``shares`` of its parts before and ``kept`` after what is weak was dropped. ``explained``: twice the log
    likelihood by what is kept, as far as it is spread over customers.
    """

    shares: tuple[float, ...]
    kept: tuple[float, ...]
    explained: float


def confirm(parts: Floats, residual: Floats, noise: Floats, customer: Ints) -> Evidence:
    """Judge parts of effects by rows that they were not learned from.

    Args:
        parts: (k, m) what each says of the residual.
        residual, noise: (k,), and its variance. customer: (k,) whose row it is.
    """
    gram, moment = parts.T @ (parts / noise[:, None]), parts.T @ (residual / noise)
    excess = _excess(parts * (residual / noise)[:, None], customer, np.diag(gram))
    left = [*range(len(moment))]
    first = shares = _best(gram, moment, left)
    while left := [k for k in left if shares[k] > 0]:
        alone = {k: _explained(gram, moment, _best(gram, moment, [q for q in left if q != k])) for k in left}
        whole = _explained(gram, moment, shares)
        told = {k: (whole - alone[k]) / excess[k] for k in left}
        weakest = min(left, key=lambda k: told[k])
        if told[weakest] >= LEAST:
            break
        left.remove(weakest)
        shares = _best(gram, moment, left)
    explained = _explained(gram, moment, shares) / float(excess[left].max(initial=1.0))
    shrunk = max(0.0, 1.0 - len(left) / explained) if left else 0.0
    kept = np.minimum(shares, MOST) * shrunk
    return Evidence(tuple(first.tolist()), tuple(kept.tolist()), explained)


def _excess(pull: Floats, customer: Ints, expected: Floats) -> Floats:
    """(m,) times that what the customers pull varies more than the stated noise says; at least 1."""
    by_customer = np.stack([np.bincount(customer, each) for each in pull.T], axis=1)
    varies: Floats = (by_customer**2).sum(axis=0) / np.maximum(expected, 1e-300)
    return np.maximum(varies, 1.0)


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

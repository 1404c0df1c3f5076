"""What probably happened at each decision.

In the light of what was stated later, and of what was paid. Serving knows neither; a log knows both. A
treatment's effect on a move that was half seen is half seen, too: how much of moves is left to see belongs
to what is learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Floats32
from models.learned.advantage.belief import PhaseBelief
from training.fit.advantage.belief.learning import TRUST, made
from training.fit.advantage.rows import Rows, by_step, runs

ROUNDS: Final = 6
BLOCK: Final = 16_384
EVEN: Final = 2.0
"""Moves that are paid for as often as any other, counted on top of those seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """A filter, and which moves are paid for.

    ``paid``: (P + 1, P + 1) how likely each is.
    """

    belief: PhaseBelief
    paid: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Moves of some rows as they probably were.

    ``moves``: (k, P + 1, P + 1) probability of each. ``stated``: (P + 1, P + 1) statements of each phase.
    """

    moves: Floats32
    stated: Floats


def learn_paths(rows: Rows, belief: PhaseBelief) -> Hidden:
    """Moves, statements and payments, each round in the light of the last."""
    was_paid = rows.reward > 0
    often = float(was_paid.mean())
    seen, paid = np.zeros_like(belief.moves), np.zeros_like(belief.moves)
    np.add.at(seen, (rows.phase, rows.next_phase), 1.0)
    np.add.at(paid, (rows.phase, rows.next_phase), was_paid.astype(np.float64))
    hidden = Hidden(belief, _chance(paid, seen, often))
    for _ in range(ROUNDS):
        found = paths(hidden, rows)
        moves = _total(found.moves)
        improved = _improved(hidden.belief, moves, found.stated)
        hidden = Hidden(improved, _chance(_total(found.moves[was_paid]), moves, often))
    return hidden


def paths(hidden: Hidden, rows: Rows) -> Paths:
    """Probable moves of every row, those of one customer in one step after another."""
    belief = hidden.belief
    now, message = belief.now(rows.stated), np.ones((rows.n, len(belief.start)))
    paid = (rows.reward > 0).astype(np.int64)
    kernels = np.stack([belief.moves * (1.0 - hidden.paid), belief.moves * hidden.paid])
    run, step = runs(rows)
    later = np.ones((int(run.max()) + 1, len(belief.start)))
    for at in reversed(by_step(step)):
        message[at] = belief.stated.T[rows.next_phase[at]] * later[run[at]]
        for k in (0, 1):
            own = at[paid[at] == k]
            later[run[own]] = _one(message[own] @ kernels[k].T)
    moves = np.empty((rows.n, *belief.moves.shape), dtype=np.float32)
    stated = np.zeros_like(belief.stated)
    for part in _blocks(rows.n):
        joint = now[part, :, None] * kernels[paid[part]] * message[part, None]
        joint /= joint.sum(axis=(1, 2), keepdims=True) + 1e-300
        moves[part] = joint
        np.add.at(stated.T, rows.next_phase[part], joint.sum(axis=1))
    return Paths(moves, stated)


def _improved(belief: PhaseBelief, moves: Floats, stated: Floats) -> PhaseBelief:
    return made(belief.start, moves + 1e-6, stated + 1e-3 + TRUST * np.eye(len(stated)))


def _chance(paid: Floats, seen: Floats, often: float) -> Floats:
    return np.clip((paid + EVEN * often) / (seen + EVEN), 1e-6, 1.0 - 1e-3)


def _total(moves: Floats32) -> Floats:
    return np.asarray(moves.sum(axis=0, dtype=np.float64))


def _one(weights: Floats) -> Floats:
    result: Floats = weights / (weights.sum(axis=1, keepdims=True) + 1e-300)
    return result


def _blocks(n: int) -> Iterator[slice]:
    for low in range(0, n, BLOCK):
        yield slice(low, low + BLOCK)

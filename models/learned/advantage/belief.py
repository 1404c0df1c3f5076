"""Belief about the phase that a customer is probably in.

The stated phase may be wrong or late. A forward filter over the phases that were stated lately, one a step,
with learned moves and a learned confusion of statements.
Knows probabilities; knows nothing of what phases mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.learned.files import array_bytes, read_array

FILE: Final = "advantage_belief.npy"
UNKNOWN: Final = -1
"""Nothing was stated yet."""
WINDOW: Final = 9
"""Steps whose statements are remembered, that of the moment among them."""
_MOST_KEPT: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseBelief:
    """A hidden Markov chain over P phases and having left.

    Attributes:
        start: (P + 1,). moves: (P + 1, P + 1). stated: (P + 1, P + 1), P(label | phase).
    """

    start: Floats
    moves: Floats
    stated: Floats
    _known: dict[tuple[int, ...], Floats] = field(default_factory=dict, init=False, repr=False)

    @property
    def confusion(self) -> float:
        """Mean probability that a phase is stated wrongly."""
        return float(1.0 - np.diag(self.stated)[:-1].mean())

    def now(self, labels: Ints) -> Floats:
        """(n, P + 1) from the labels of the steps so far, (n, W), the oldest first."""
        if len(labels) == 1:
            return self._known_of(labels[0]).copy()
        belief = np.tile(self.start, (len(labels), 1))
        seen = np.zeros(len(labels), dtype=bool)
        for label in labels.T:
            known = label != UNKNOWN
            if not known.any():
                continue
            ahead = belief if not seen.any() else self._moved(belief)
            if seen.any() and not seen.all():
                ahead = np.where(seen[:, None], ahead, belief)
            after = self._after(ahead, label)
            belief = after if known.all() else np.where(known[:, None], after, belief)
            seen |= known
        return belief

    def _known_of(self, labels: Ints) -> Floats:
        """The same of a single row, (W,); most customers stay where they are, so that many share theirs."""
        told = tuple(labels.tolist())
        belief = self._known.get(told)
        if belief is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            belief = self._known[told] = self._of_one(labels)
        return belief

    def _of_one(self, labels: Ints) -> Floats:
        """Worked out."""
        belief, stated = self.start[None].copy(), self.stated.T
        for number, label in enumerate(labels[labels != UNKNOWN].tolist()):
            weights = (np.matmul(belief, self.moves) if number else belief) * stated[label]
            weights += 1e-12
            weights /= np.add.reduce(weights, axis=1, keepdims=True)
            belief = weights
        return belief

    def next(self, belief: Floats, label: Ints) -> Floats:
        """(n, P + 1) after one more step and the statement that followed."""
        return self._after(self._moved(belief), label)

    def _moved(self, belief: Floats) -> Floats:
        """One product a row: that of a whole matrix adds up in another order than that of a single row."""
        return np.asarray((belief[:, None] @ self.moves)[:, 0], dtype=np.float64)

    def _after(self, ahead: Floats, label: Ints) -> Floats:
        weights = ahead * np.ascontiguousarray(self.stated.T)[label] + 1e-12
        result: Floats = weights / weights.sum(axis=1, keepdims=True)
        return result

    def to_files(self) -> dict[str, bytes]:
        """The filter as files; the same filter gives the same bytes."""
        return {FILE: array_bytes(np.vstack([self.start, self.moves, self.stated]))}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> PhaseBelief:
        """What ``to_files`` gave."""
        rows = read_array(files, FILE)
        states = rows.shape[1]
        return cls(start=rows[0], moves=rows[1 : states + 1], stated=rows[states + 1 :])


def certain(label: Ints, phases: int) -> Floats:
    """(n, P + 1): labels taken at their word."""
    result: Floats = np.eye(phases + 1)[label]
    return result

"""What the advantage is learned from.

Logged decisions, and what a company knows of its treatments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Floats32, Ints, Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """What is known before a row is read.

    Attributes:
        phases: P; a row's next phase may also be P, which means that the customer has left.
        channels: C. cost: (A,) EUR. channel: (A,), -1 for nothing. tires: (A,). discount: of one step.
        horizon: decisions a journey; value is counted to its end.
        endless: the same value is counted ahead of every decision, that of ``horizon`` more.
        pressure: EUR that a contact which tires is thought to cost later; 0: nothing is thought.
    """

    phases: int
    channels: int
    cost: Floats
    channel: Ints
    tires: Mask
    discount: float
    horizon: int
    endless: bool = False
    pressure: float = 0.0

    @property
    def treatments(self) -> int:
        return len(self.cost)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """k decisions, those of one customer by step without gaps.

    Attributes:
        customer, step, phase, next_phase: (k,). attributes: (k, K). eligible: (k, A).
        contact: (k, 4) as ``Situation.contact``. other: (k, H) more history, for the value alone.
        recent: (k, A). taste: (k, C). probabilities: (k, A) of the logging policy. treatment: (k,).
        reward: (k,) EUR, cost not taken off. ends: (k,) nothing can be earned after this step.
        elapsed: (k,) steps since the customer's previous decision. weight: (k,) how much more often the
            treatment was due by ``probabilities`` than by the policy that made the log.
        ahead: (k, P) next phases if nothing is done, by a model of its own; (k, 0) without one.
        stated: (k, W) phases stated in the steps until each decision, the oldest first, -1 before any.
    """

    customer: Ints
    step: Ints
    phase: Ints
    next_phase: Ints
    attributes: Floats
    eligible: Mask
    contact: Floats
    other: Floats
    recent: Floats
    taste: Floats
    probabilities: Floats32
    treatment: Ints
    reward: Floats
    ends: Mask
    elapsed: Floats
    weight: Floats
    ahead: Floats
    stated: Ints

    @property
    def n(self) -> int:
        return len(self.customer)

    def take(self, index: Any) -> Rows:
        """Some rows: whole customers, where values are to be learned from them."""
        return Rows(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def with_customers(self, customer: Ints) -> Rows:
        """The rows with customers numbered anew."""
        return replace(self, customer=customer)

    def innovation(self) -> Floats32:
        """(k, A): what was done minus its probability. Random by design, whatever the policy's reasons."""
        centred = -self.probabilities
        centred[np.arange(self.n), self.treatment] += 1.0
        return centred

    def shock(self) -> Floats32:
        """(k, A): the innovation as it is still felt; its mean is nil, whoever made the log."""
        return self.innovation() * self.weight[:, None].astype(np.float32)


FOLDS: Final = 6
SAME_STEP: Final = 0.5
"""Steps by which the next decision may be early or late."""


def folds(rows: Rows) -> Ints:
    """0 to ``FOLDS - 1`` by customer."""
    return np.asarray(rows.customer * 7919 % FOLDS)


def halves(rows: Rows) -> Ints:
    """0 or 1 by customer; each is made of whole folds."""
    return folds(rows) // (FOLDS // 2)


def by_step(step: Ints) -> Sequence[Ints]:
    """Positions of the rows of each step."""
    order = np.argsort(step, kind="stable")
    edges = np.searchsorted(step[order], np.arange(int(step.max()) + 2))
    return [order[a:b] for a, b in pairwise(edges)]


def runs(rows: Rows) -> tuple[Ints, Ints]:
    """(k,) runs of decisions of one customer that follow each other by one step, and the place within."""
    order = np.lexsort((rows.step, rows.customer))
    apart = np.abs(rows.elapsed[order] - 1.0) >= SAME_STEP
    first = (np.diff(rows.customer[order], prepend=-1) != 0) | apart
    place = np.arange(rows.n)
    run, step = np.empty_like(place), np.empty_like(place)
    run[order] = np.cumsum(first) - 1
    step[order] = place - np.maximum.accumulate(np.where(first, place, 0))
    return run, step


def more_than_usual(effect: Floats, probabilities: Any, treatment: Ints) -> Floats:
    """(k,) what effects say of what was done, more than of what is usually done.

    Args:
        effect, probabilities: (k, A). treatment: (k,).
    """
    usual = (probabilities * effect).sum(axis=1)
    result: Floats = effect[np.arange(len(treatment)), treatment] - usual
    return result

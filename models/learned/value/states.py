"""The logged states that journey value is learned from, with their candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Floats, Mask
from models.domain.journey import Journey

MAXIMUM_STATES = 40_000


def choose_states(phase: AnyInts, maximum: int = MAXIMUM_STATES) -> AnyInts:
    """At most ``maximum`` of n states, evenly spaced within each phase: ascending positions."""
    if len(phase) <= maximum:
        return np.arange(len(phase))
    order = np.argsort(phase, kind="stable")
    taken = np.linspace(0, len(order) - 1, maximum).round().astype(np.int64)
    return np.sort(order[np.unique(taken)])


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """States and candidates, sorted by state."""

    states: AnyInts  # shape (s,), positions in the logged states
    phase: AnyInts  # shape (s,)
    row: AnyInts  # shape (c,), ascending
    first: AnyInts  # shape (s,), the first candidate of each state
    contacted: AnyInts  # shape (c,), 0 or 1
    reward: Floats  # shape (c,), now and for entering phases, EUR
    entry: Floats  # shape (P,), EUR for entering each phase, on average
    probabilities: Floats  # shape (c, P)

    def best(self, worth: Floats) -> Floats:
        """The largest ``worth`` (c,) of each state: shape (s,)."""
        return np.asarray(np.maximum.reduceat(worth, self.first)) if len(self.first) else np.empty(0)

    def chosen(self, worth: Floats) -> AnyInts:
        """The first candidate of each state that reaches the largest worth: shape (s,)."""
        top = np.flatnonzero(worth >= self.best(worth)[self.row])
        return np.asarray(top[np.unique(self.row[top], return_index=True)[1]])


def make_problem(
    journey: Journey,
    phase: AnyInts,
    row: AnyInts,
    treatment: AnyInts,
    immediate: Floats,
    probabilities: Floats,
    maximum: int,
    paid: Mask | None = None,
) -> Problem:
    states = np.unique(row)
    states = states[choose_states(phase[states], maximum)]
    position = np.full(len(phase), -1)
    position[states] = np.arange(len(states))
    use = np.flatnonzero(position[row] >= 0)
    use = use[np.argsort(position[row[use]], kind="stable")]
    own = position[row[use]]
    entry = np.array([p.value for p in journey.phases])
    chance = probabilities[use]
    at = phase[states][own]
    if paid is None:
        entered = chance @ entry - chance[np.arange(len(use)), at] * entry[at]
    else:
        due = np.where(paid[states][own], 0.0, entry)
        due[np.arange(len(use)), at] = 0.0
        entered = (chance * due).sum(axis=1)
        entry = entry * (1.0 - _shares(paid[states], len(entry)))
    return Problem(
        states=states,
        phase=phase[states],
        row=own,
        first=np.searchsorted(own, np.arange(len(states))),
        contacted=(treatment[use] != 0).astype(np.int64),
        reward=immediate[use] + entered,
        entry=entry,
        probabilities=chance,
    )


def _shares(paid: Mask, phases: int) -> Floats:
    """Share of the states in which each phase has paid for good, shape (P,)."""
    return np.asarray(paid.mean(axis=0)) if len(paid) else np.zeros(phases)

"""Likeliest sequences of phases, and when phases are reached.

From the phase after a first step and a chain of later ones. Knows arrays of probabilities; knows nothing of
customers, actions or names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

import numpy as np

from models.arrays import Floats

MOST_MOVES: Final = 6
"""Longer sequences end there."""
LEAST: Final = 1e-5
"""Rarer ones are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Phases that follow one after the other.

    ``phases``: codes, that of now left out; empty: the customer stays. ``steps``: mean number of steps until
    each of them is entered.
    """

    phases: tuple[int, ...]
    chance: float
    steps: tuple[float, ...]


def likeliest(start: int, leads_to: Floats, chain: Floats, further: int, most: int) -> list[Sequence]:
    """The likeliest sequences within a first step and ``further`` later ones.

    Sequences are looked at best first: none that begins with another is likelier than to begin with it.

    Args:
        start: code of the phase now.
        leads_to: shape (P,). Phase after the first step.
        chain: shape (P, P). P(next phase | phase); rows sum to one.
        most: how many.
    """
    walks = _Walks(start, leads_to, chain, further + 1)
    found: list[Sequence] = []
    open_: list[tuple[float, int, tuple[int, ...], tuple[Floats, ...]]] = [(-1.0, _BEGINS, (), ())]
    while open_ and len(found) < most:
        share, kind, phases, entered = heappop(open_)
        if kind == _ENDS:
            found.append(Sequence(phases=phases, chance=-share, steps=walks.steps(phases, entered, -share)))
            continue
        if (ends := walks.ends(phases, entered)) >= LEAST:
            heappush(open_, (-ends, _ENDS, phases, entered))
        for to, then in walks.goes_on(phases, entered):
            if (begins := float(then.sum())) >= LEAST:
                heappush(open_, (-begins, _BEGINS, (*phases, to), (*entered, then)))
    return found


_BEGINS: Final = 0
"""How likely a sequence begins with these phases."""
_ENDS: Final = 1
"""How likely it is these and no more; of two that are as likely the former is looked into first."""


class _Walks:
    """Chances of single sequences, by the steps in which phases are entered.

    ``entered``: of each phase of a sequence, shape (steps,), the chance to enter it in each step.
    """

    def __init__(self, start: int, leads_to: Floats, chain: Floats, steps: int) -> None:
        self._start, self._leads_to, self._chain = start, leads_to, chain
        self._step = np.arange(1, steps + 1)
        since = self._step[None, :] - self._step[:, None]
        self._waits = [np.where(since > 0, stay ** np.maximum(since - 1, 0), 0.0) for stay in np.diag(chain)]

    def ends(self, phases: tuple[int, ...], entered: tuple[Floats, ...]) -> float:
        """The chance of these phases and no others."""
        if not phases:
            return float(self._leads_to[self._start] * self._stays(self._start)[0])
        return float(entered[-1] @ self._last(phases))

    def goes_on(self, phases: tuple[int, ...], entered: tuple[Floats, ...]) -> Iterator[tuple[int, Floats]]:
        """Each phase that may follow, and the chance to enter it in each step."""
        last = phases[-1] if phases else self._start
        if len(phases) == MOST_MOVES:
            return
        # In the first step by its own chances, later by those of the chain.
        waits = self._waits[last]
        after = entered[-1] @ waits if phases else self._leads_to[last] * waits[0]
        for to in range(len(self._chain)):
            if to != last:
                then = after * self._chain[last, to]
                if not phases:
                    then[0] = self._leads_to[to]
                yield to, then

    def steps(self, phases: tuple[int, ...], entered: tuple[Floats, ...], chance: float) -> tuple[float, ...]:
        """The mean step in which each phase is entered, of those who go through these and no others."""
        if not phases:
            return ()
        rest, found = self._last(phases), list[float]()
        for place in range(len(phases) - 1, -1, -1):
            found.append(float((self._step * entered[place]) @ rest) / chance)
            if place:
                before = phases[place - 1]
                rest = self._chain[before, phases[place]] * (self._waits[before] @ rest)
        return tuple(reversed(found))

    def _last(self, phases: tuple[int, ...]) -> Floats:
        """By the step in which the last phase is entered: the chance that no other follows."""
        return self._stays(phases[-1]) if len(phases) < MOST_MOVES else np.ones(len(self._step))

    def _stays(self, phase: int) -> Floats:
        """By the step in which a phase is entered: the chance to stay until the end."""
        return np.asarray(self._chain[phase, phase] ** (len(self._step) - self._step), dtype=np.float64)


def reached_by(leads_to: Floats, chain: Floats, steps: int) -> Floats:
    """Chance to have entered each phase by the end of each step, shape (steps, P), ascending in steps.

    Args:
        leads_to: shape (P,). Phase after the first step. chain: shape (P, P).
    """
    each, found = np.arange(len(chain)), np.empty((steps, len(chain)))
    staying = np.repeat(chain[None], len(chain), axis=0)
    staying[each, each] = np.eye(len(chain))  # once entered, it counts
    now = np.repeat(leads_to[None, None], len(chain), axis=0)
    for step in range(steps):
        found[step] = now[each, 0, each]
        now = now @ staying
    return np.clip(found, 0.0, 1.0)


def speeds(spread: float) -> tuple[tuple[float, float], ...]:
    """Shares of customers, and what they have more than the mean of the log-odds of moving forward.

    Three points that stand for a normal distribution; the chance of a rare move is right on average.
    """
    if not spread:
        return ((1.0, 0.0),)
    points = np.array([-1.0, 0.0, 1.0]) * math.sqrt(3.0) * spread
    shares = np.array([1.0, 4.0, 1.0]) / 6.0
    level = math.log(float(shares @ np.exp(points)))
    return tuple(zip(shares.tolist(), (points - level).tolist(), strict=True))


def hastened(chances: Floats, phase: int | None, log_odds: float) -> Floats:
    """The chances of next phases with more log-odds of those further on.

    Args:
        chances: shape (P,), from ``phase``; or shape (P, P), from each phase, ``phase`` None.
    """
    to = np.arange(chances.shape[-1])
    further_on = to > (to[:, None] if phase is None else phase)
    moved = np.where(further_on, chances * math.exp(log_odds), chances)
    return np.asarray(moved / moved.sum(axis=-1, keepdims=True))


def quantiles(reached: Floats, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Steps until a phase is entered, of those who enter it; evenly within a step.

    Args:
        reached: shape (steps,). Ascending; the last above 0.
        shares: of those who enter it by the last step, ascending.

    Example:
        >>> quantiles(np.array([0.2, 0.4]), (0.5, 1.0))
        (1.0, 2.0)
    """
    curve = np.concatenate([np.zeros(1), np.maximum.accumulate(reached)]) / float(reached[-1])
    return tuple(float(np.interp(share, curve, np.arange(len(curve)))) for share in shares)

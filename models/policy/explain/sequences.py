"""Likeliest sequences of phases, and when phases are reached.

From the phase after a first step and a chain of later ones. Knows arrays of probabilities; knows nothing of
customers, actions or names.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats

MOST_MOVES: Final = 6
"""Longer sequences end there."""
LEAST: Final = 1e-5
"""Rarer ones are left out while they are counted."""


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

    Args:
        start: code of the phase now.
        leads_to: shape (P,). Phase after the first step.
        chain: shape (P, P). P(next phase | phase); rows sum to one.
        most: how many.
    """
    known: dict[tuple[int, ...], tuple[float, tuple[float, ...]]] = {(): (1.0, ())}
    for step in range(1, further + 2):
        chance: dict[tuple[int, ...], float] = defaultdict(float)
        sums: dict[tuple[int, ...], Floats] = {}
        for phases, (own, when) in known.items():
            last = phases[-1] if phases else start
            row = leads_to if step == 1 else chain[last]
            for to in np.flatnonzero(row * own >= LEAST).tolist():
                moved = to != last and len(phases) < MOST_MOVES
                after, times = ((*phases, to), (*when, float(step))) if moved else (phases, when)
                share = own * float(row[to])
                chance[after] += share
                sums[after] = sums.get(after, np.zeros(len(times))) + share * np.array(times)
        known = {a: (share, tuple((sums[a] / share).tolist())) for a, share in chance.items()}
    ranked = sorted(known.items(), key=lambda item: (-item[1][0], item[0]))[:most]
    return [Sequence(phases=phases, chance=share, steps=steps) for phases, (share, steps) in ranked]


def reached_by(leads_to: Floats, chain: Floats, steps: int) -> Floats:
    """Chance to have entered each phase by the end of each step, shape (steps, P), ascending in steps.

    Args:
        leads_to: shape (P,). Phase after the first step. chain: shape (P, P).
    """
    phases = len(chain)
    found = np.empty((steps, phases))
    for phase in range(phases):
        staying = chain.copy()
        staying[phase] = np.eye(phases)[phase]  # once entered, it counts
        now = leads_to.copy()
        for step in range(steps):
            found[step, phase] = now[phase]
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

"""Rival: the tabular Markov chain. Phase × treatment tables and value iteration, no features.

Counts are smoothed: a cell borrows ``BORROWED`` rows from its phase.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.quality.cell import Lesson
from benchmarks.quality.seen import Seen, Worth
from models.arrays import Floats, Ints, Mask
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue

BORROWED: Final = 30.0
ROUNDS: Final = 2000


def chain_ranking(journey: Journey, lesson: Lesson) -> Worth:
    """Worth by value iteration on the smoothed tables."""
    worth = chain_values(journey, lesson)

    def of(seen: Seen) -> Floats:
        return worth[seen.phase[seen.row], seen.treatment]

    return of


def chain_values(journey: Journey, lesson: Lesson) -> Floats:
    """Worth of each treatment in each phase, (P, T), EUR; only treatments tried there lend a phase value."""
    phases, treatments = len(journey.phases), len(journey.treatments)
    cell = lesson.phase.astype(np.int64) * treatments + lesson.treatment
    rows = np.bincount(cell, minlength=phases * treatments).reshape(phases, treatments)
    moves = np.zeros((phases, treatments, phases))
    np.add.at(moves, (lesson.phase, lesson.treatment, lesson.next_phase), 1.0)
    hits = np.bincount(cell, weights=lesson.response, minlength=rows.size).reshape(rows.shape)
    chance = _smoothed(moves, moves.sum(axis=1), rows)
    overall = np.stack((hits.sum(axis=1), rows.sum(axis=1)), axis=1)
    propensity = (hits + BORROWED * _share(overall)[:, None]) / (rows + BORROWED)
    propensity[:, 0] = 0.0
    catalogue = Catalogue.of(journey)
    entry = np.array([phase.value for phase in journey.phases])
    now = propensity * catalogue.value - catalogue.cost
    now += (chance * entry).sum(axis=2) - chance[np.arange(phases), :, np.arange(phases)] * entry[:, None]
    tried = catalogue.phases & (rows > 0)
    tried[:, 0] = True
    return _iterate(now, chance, tried, _discount(journey))


def _share(counts: Floats) -> Floats:
    return np.asarray(counts[:, 0] / np.maximum(counts[:, 1], 1))


def _smoothed(moves: Floats, of_phase: Floats, rows: Ints) -> Floats:
    staying = np.eye(len(of_phase))
    usual = (of_phase + staying) / (of_phase.sum(axis=1, keepdims=True) + 1.0)
    return np.asarray((moves + BORROWED * usual[:, None]) / (rows + BORROWED)[:, :, None])


def _iterate(now: Floats, chance: Floats, tried: Mask, discount: float) -> Floats:
    value = np.zeros(len(now))
    for _ in range(ROUNDS):
        worth = now + discount * chance @ value
        value = np.where(tried, worth, -np.inf).max(axis=1)
    return np.asarray(now + discount * chance @ value)


def _discount(journey: Journey) -> float:
    """Of one decision; the journeys here have a horizon of days."""
    days = journey.objective.horizon_days or 14.0
    return float(min(journey.objective.discount_per_year, 0.99) ** (days / 365.0))

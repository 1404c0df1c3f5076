"""The phase chain.

P(next phase | phase, treatment), shrunk to the phase, planned to the horizon. A plain policy of its own, and
the first guess at values for the learner. It knows phases alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma
from typing import Final

import numpy as np

from models.arrays import Floats, Mask
from training.fit.advantage.rows import Problem, Rows

STRENGTHS: Final = np.exp(np.linspace(np.log(20.0), np.log(20_000.0), 15))

_log_gamma = np.vectorize(lgamma, otypes=[np.float64])


@dataclass(frozen=True, slots=True, eq=False)
class PhaseChain:
    """A planned phase chain.

    ``base`` (P, P + 1) next phases; ``reward`` (P, P + 1) EUR of a move; ``worth`` (horizon, P, A) EUR of
    each treatment; ``values`` (horizon + 1, P + 1) of being there.
    """

    base: Floats
    reward: Floats
    worth: Floats
    values: Floats

    def up(self, discount: float) -> Mask:
        """(P, P + 1) whether moving there is worth more than staying, with the whole journey ahead."""
        worth = self.reward + discount * self.values[0]
        here = np.arange(len(worth))
        result: Mask = worth > worth[here, here][:, None]
        return result


def fit_chain(problem: Problem, rows: Rows) -> PhaseChain:
    """Planned over the counts of a log."""
    phases, treatments = problem.phases, problem.treatments
    counts = np.zeros((phases, treatments, phases + 1))
    np.add.at(counts, (rows.phase, rows.treatment, rows.next_phase), 1.0)
    earned = np.zeros((phases, phases + 1))
    np.add.at(earned, (rows.phase, rows.next_phase), rows.reward)
    return planned(problem, counts, earned)


def planned(problem: Problem, counts: Floats, earned: Floats) -> PhaseChain:
    """A learned strength of shrinkage in each phase, and backward induction.

    Args:
        counts: (P, A, P + 1) moves. earned: (P, P + 1) EUR of all of them.
    """
    phases, treatments = problem.phases, problem.treatments
    moved = counts.sum(axis=1)
    reward = earned / np.maximum(moved, 1.0)
    unseen = np.flatnonzero(moved.sum(axis=1) == 0)
    moved[unseen, unseen] = 1e9  # nothing is known to follow, so nothing is counted
    base = (moved + 0.2) / (moved + 0.2).sum(axis=1, keepdims=True)
    chance = np.stack([_shrunk(counts[p], base[p]) for p in range(phases)])
    immediate = (chance * reward[:, None, :]).sum(axis=2) - problem.cost
    tried = counts.sum(axis=2) > 0
    tried[:, 0] = True
    values = np.zeros((problem.horizon + 1, phases + 1))
    worth = np.zeros((problem.horizon, phases, treatments))
    for step in range(problem.horizon - 1, -1, -1):
        ahead = immediate + problem.discount * chance @ values[step + 1]
        worth[step] = np.where(tried, ahead, -np.inf)
        values[step, :phases] = worth[step].max(axis=1)
    if problem.endless:
        worth[:], values[:] = worth[0], values[0]
    return PhaseChain(base, reward, worth, values)


def _shrunk(counts: Floats, base: Floats) -> Floats:
    """Dirichlet means with the strength under which the counts are most likely."""
    shown = counts.sum(axis=1)

    def evidence(strength: float) -> float:
        prior = strength * base
        rows = lgamma(strength) - _log_gamma(strength + shown)
        return float(rows.sum() + (_log_gamma(prior + counts) - _log_gamma(prior)).sum())

    strength = max(STRENGTHS, key=evidence)
    result: Floats = (counts + strength * base) / (shown + strength)[:, None]
    return result

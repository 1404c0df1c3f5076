"""How many EUR a decision can move where phases are believed.

As ``training/fit/advantage/scale.py``, from every phase that is believed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import minimize

from models.arrays import Floats, Floats32
from models.learned.advantage.belief import PhaseBelief
from models.learned.advantage.believed import Outlook, next_phases, outlook
from models.learned.advantage.served import MARGIN, Stakes
from training.fit.advantage.belief.smoothing import BLOCK, Hidden, learn_paths, paths
from training.fit.advantage.chain import PhaseChain, planned
from training.fit.advantage.rows import Problem, Rows
from training.fit.advantage.scale import Moved, PhaseUnits, margin_of, phase_means

MOST_ROWS: Final = 30_000
SPREAD: Final = 0.3
"""Of the slopes, before the log is asked."""
LEAST_SEEN: Final = 0.02
"""Of moves, as a share of their variance."""


@dataclass(frozen=True, slots=True, eq=False)
class BelievedScale(PhaseUnits):
    """What moves start from and lead to, in phases that nobody sees.

    ``slopes``: (K, P + 1) by attribute on the logit of each next phase. ``seen``: (P,) share of the variance
    of moves that statements show.
    """

    hidden: Hidden
    slopes: Floats
    seen: Floats

    @property
    def stakes(self) -> Stakes:
        """As a bundle carries them; for a problem that is endless."""
        return Stakes(
            reward=self.chain.reward,
            after=self.problem.discount * self.chain.values[0, :-1],
            margin=self.margin,
            variance=self.variance,
            up=self.up,
        )

    def ahead(self, features: Floats, rows: Rows, belief: Floats) -> Outlook:
        """By the learned moves, and the values of the chain at the next step."""
        del features
        parts = []
        step = np.minimum(rows.step + 1, self.problem.horizon)
        for low in range(0, rows.n, BLOCK):
            part = slice(low, low + BLOCK)
            x, moves = self.standardised(rows.attributes[part]), self.hidden.belief.moves
            chance = next_phases(belief[part], moves, self.slopes, x)
            factor = np.clip(1.0 + x @ self.margin, *MARGIN)
            after = self.problem.discount * self.chain.values[step[part]]
            parts.append(outlook(belief[part], moves, chance, self.chain.reward, self.up, factor, after))
        variance, up, stake = (
            np.concatenate([getattr(each, name) for each in parts]) for name in Outlook.__slots__
        )
        return Outlook(variance=variance, up=np.clip(up, 1e-6, 1.0 - 1e-6), stake=stake)

    def moved(self, rows: Rows, ahead: Outlook) -> Moved:
        """Moves up as they probably were, and how much of them can be seen."""
        found = paths(self.hidden, rows).moves
        moved = (found[:, :-1] * self.up).sum(axis=(1, 2), dtype=np.float64)
        seen = self.seen[rows.phase]
        believed = self.hidden.belief
        after = believed.next(believed.now(rows.stated), rows.next_phase)
        return Moved(moved, ahead.binomial * seen, seen, after)


def fit_believed_scale(
    problem: Problem, rows: Rows, belief: PhaseBelief, mean: Floats, spread: Floats
) -> BelievedScale:
    """Chain, slopes, margin and units, all from the moves as they probably were.

    ``mean``, ``spread``: of the attributes, by which they are standardised.
    """
    hidden = learn_paths(rows, belief)
    found, p = paths(hidden, rows).moves, problem.phases
    x = (rows.attributes - mean) / spread
    now = hidden.belief.now(rows.stated)
    draft = BelievedScale(
        problem, _chain(problem, rows, found), mean, spread, margin_of(problem, rows, x), np.ones(p),
        hidden, _slopes(hidden.belief, now, found.sum(axis=1), x), np.ones(p),
    )  # fmt: skip
    ahead = draft.ahead(rows.attributes, rows, now)
    left_over = (draft.moved(rows, ahead).moved - ahead.up) ** 2
    seen = phase_means(left_over, rows.phase, p) / phase_means(ahead.binomial, rows.phase, p)
    return replace(
        draft,
        variance=phase_means(ahead.variance, rows.phase, p),
        seen=np.clip(seen, LEAST_SEEN, 1.0),
    )


def _chain(problem: Problem, rows: Rows, found: Floats32) -> PhaseChain:
    """Planned over the moves as they probably were."""
    p = problem.phases
    counts = np.zeros((p, problem.treatments, p + 1))
    for a in np.unique(rows.treatment):
        counts[:, a] = found[rows.treatment == a].sum(axis=0, dtype=np.float64)[:p]
    paid = np.flatnonzero(rows.reward)
    earned = np.einsum("kpq,k->pq", found[paid], rows.reward[paid])[:p]
    return planned(problem, counts, earned)


def _slopes(belief: PhaseBelief, now: Floats, after: Floats32, x: Floats) -> Floats:
    """(K, P + 1) that make the next phases likeliest, shrunk."""
    every = -(-len(x) // MOST_ROWS)
    use = slice(None, None, every)
    offset, after, x = np.log(now[use] @ belief.moves), after[use].astype(np.float64), x[use]
    shape = x.shape[1], len(belief.start)

    def loss(flat: Floats) -> tuple[float, Floats]:
        slopes = flat.reshape(shape)
        logits = offset + x @ slopes
        top = logits.max(axis=1, keepdims=True)
        total = np.log(np.exp(logits - top).sum(axis=1, keepdims=True)) + top
        value = ((total - logits) * after).sum() + 0.5 * (slopes**2).sum() / SPREAD**2
        away = x.T @ (np.exp(logits - total) - after) + slopes / SPREAD**2
        return float(value), away.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 40})
    return np.asarray(found.x, dtype=np.float64).reshape(shape)

"""Learns effects from logged journeys.

They are kept in proportion to the evidence for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.learned.advantage.model import Advantage
from training.fit.advantage.belief.learning import fit_belief
from training.fit.advantage.belief.scale import fit_believed_scale
from training.fit.advantage.chain import fit_chain
from training.fit.advantage.evidence import Evidence, confirm
from training.fit.advantage.learner import Centres, Frame, Learned, Prior, learn
from training.fit.advantage.rows import Problem, Rows
from training.fit.advantage.scale import baseline_features, fit_scale


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The advantage that was learned.

    ``advantage`` is what may be served; ``raw`` is what was learned before evidence was asked: ``moves`` for
    effects on the odds of moving up, ``money`` for the others and for what comes later.
    """

    frame: Frame
    advantage: Advantage
    raw: Learned
    moves: Evidence
    money: Evidence


def fit_frame(problem: Problem, rows: Rows) -> Frame:
    """Chain, belief, scale and centres."""
    belief = fit_belief(problem, rows)
    if belief is not None:
        mean, spread = rows.attributes.mean(axis=0), rows.attributes.std(axis=0) + 1e-9
        believed = fit_believed_scale(problem, rows, belief, mean, spread)
        return Frame(problem, believed, believed.hidden.belief, centres_of(rows))
    scale = fit_scale(problem, rows, fit_chain(problem, rows), baseline_features(rows, None))
    return Frame(problem, scale, None, centres_of(rows))


def centres_of(rows: Rows) -> Centres:
    """The means of a log."""
    return Centres(rows.taste.mean(axis=0), rows.contact.mean(axis=0), rows.recent.mean(axis=0))


def fit_advantage(
    problem: Problem, rows: Rows, frame: Frame | None = None, prior: Prior | None = None
) -> Fitted:
    """Learn from all customers; let each sixth judge what the others and the prior show.

    What comes later on the odds has evidence of its own. In money nobody judges it, so it only costs unless
    effects at once in money are confirmed.
    """
    frame = fit_frame(problem, rows) if frame is None else frame
    raw = learn(frame, rows, prior=prior)
    said = np.column_stack([raw.moves.phase_said, raw.moves.personal_said])
    moves = confirm(said, raw.moves.residual, raw.moves.noise, rows.customer)
    said = np.column_stack([raw.money.phase_said, raw.money.personal_said])
    money = confirm(said, raw.at_step, raw.money.noise, rows.customer)
    paid = raw.advantage.later
    later = (paid if any(money.kept) else np.minimum(paid, 0.0)) + raw.worth_later
    served = replace(
        raw.advantage,
        later=later,
        money=raw.money.effects.supported(*money.kept[:2]),
        moves=raw.moves.effects.supported(*moves.kept),
    )
    return Fitted(frame, served, raw, moves, money)

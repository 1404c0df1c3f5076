"""Learns effects from logged journeys.

They are kept in proportion to the evidence for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.learned.advantage.model import Advantage
from training.fit.advantage.believing import attach, fit_belief
from training.fit.advantage.chain import fit_chain
from training.fit.advantage.evidence import Evidence, confirm, judged_parts
from training.fit.advantage.learner import Centres, Frame, Learned, learn
from training.fit.advantage.rows import Problem, Rows
from training.fit.advantage.scale import baseline_features, fit_scale


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The advantage that was learned.

    ``advantage`` is what may be served; ``raw`` is what was learned before evidence was asked.
    """

    frame: Frame
    advantage: Advantage
    raw: Learned
    evidence: Evidence


def fit_frame(problem: Problem, rows: Rows) -> Frame:
    """Chain, belief, scale and centres."""
    chain = fit_chain(problem, rows)
    belief = fit_belief(problem, rows)
    now, _ = attach(belief, problem, rows)
    features = baseline_features(rows, None if belief is None else now)
    scale = fit_scale(problem, rows, chain, features)
    centres = Centres(rows.taste.mean(axis=0), rows.contact.mean(axis=0), rows.recent.mean(axis=0))
    return Frame(problem, scale, belief, centres)


def fit_advantage(problem: Problem, rows: Rows, frame: Frame | None = None) -> Fitted:
    """Learn from all customers; let each half judge what the other has learned.

    Halves are shrunk as the whole is: with less evidence of their own they would see nothing at all.
    """
    frame = fit_frame(problem, rows) if frame is None else frame
    side = rows.customer % 2
    own = [rows.take(side == f) for f in (0, 1)]
    raw = learn(frame, rows)
    learned = [learn(frame, half, raw.posterior.variances) for half in own]
    parts = []
    for f in (0, 1):
        situation, _ = frame.situation(own[f], attach(frame.belief, problem, own[f])[0])
        parts.append(judged_parts(learned[1 - f], learned[f], situation, own[f]))
    evidence = confirm(parts, learned)
    return Fitted(frame, raw.advantage.supported(*evidence.kept), raw, evidence)

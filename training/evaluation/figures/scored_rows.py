"""Later rows as the new bundle sees them, worked out once.

Candidates, scores and expected rewards. Policy values, gate and report all ask for these. Knows which test
rows can be compared; judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle import Models
from models.policy.engine import Engine
from training.evaluation.off_policy.candidates import eligible
from training.evaluation.off_policy.logged_candidates import logged_candidates
from training.evaluation.off_policy.reward_model import cross_fitted
from training.fit.prepared import Prepared
from training.rows.blocks import by_customer
from training.rows.rows import DecisionRows
from training.rows.split import Part

MOST_CANDIDATES: Final = 400_000
"""More are not scored: whole customers are left out at random. Rows times treatments."""
MOST_COMPARED: Final = 2_500_000
"""The same where policies are compared: their intervals shrink with the root of the rows."""

BLOCK: Final = 4096
"""Rows that are scored at a time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredRows:
    """k test rows; T treatments.

    Attributes:
        engine: scores as the service does.
        rows: shape (k,). Positions, ascending; where ``weighted`` with action probabilities and rewards.
        weighted: whether the log has any such rows.
        named: whether the log names the candidates.
        mask: shape (k, T). Candidates, as logged or by the journey file's rules.
        propensity, priority, deviation: shape (k, T). Of candidates and of doing nothing; else 0. The latter
            two in EUR.
        expected: shape (k, T). Reward by models of other customers; None where not ``weighted``.
    """

    engine: Engine
    rows: Ints
    weighted: bool
    named: bool
    mask: Mask
    propensity: Floats
    priority: Floats
    deviation: Floats
    expected: Floats | None


def score_rows(
    prepared: Prepared, models: Models, candidates_json: Any, rng: np.random.Generator
) -> ScoredRows:
    """Score the test rows that policies can be compared on or, without any, all of them.

    Args:
        candidates_json: per logged decision the JSON of its candidates, or None where it has none.
        rng: draws customers where there are too many, and the reward model's rows and folds.
    """
    rows, journey = prepared.rows, prepared.journey
    test = prepared.split.of(Part.TEST)
    known = test & np.isfinite(rows.action_probability) & np.isfinite(rows.reward)
    weighted = bool(known.any())
    most = MOST_COMPARED if weighted else MOST_CANDIDATES
    use = thinned(np.flatnonzero(known if weighted else test), rows, len(journey.treatments), rng, most)
    engine = Engine(journey, models, "candidate")
    mask = candidate_mask(prepared, engine, use, candidates_json if weighted else None)
    propensity, priority, deviation = _scores(prepared, engine, use, mask)
    learned = np.flatnonzero(prepared.split.part < Part.TEST)
    return ScoredRows(
        engine=engine,
        rows=use,
        weighted=weighted,
        named=weighted and candidates_json is not None,
        mask=mask,
        propensity=propensity,
        priority=priority,
        deviation=deviation,
        expected=cross_fitted(prepared, learned, use, rng) if weighted else None,
    )


def thinned(
    use: Ints,
    rows: DecisionRows,
    n_treatments: int,
    rng: np.random.Generator,
    most_candidates: int = MOST_CANDIDATES,
) -> Ints:
    """As many of the rows ``use`` as may be scored, whole customers left out at random."""
    most = max(most_candidates // n_treatments, 1_000)
    if len(use) <= most:
        return use
    draw = rng.random(int(rows.customer.max()) + 1)
    return use[draw[rows.customer[use]] < most / len(use)]


def candidate_mask(prepared: Prepared, engine: Engine, use: Ints, candidates_json: Any) -> Mask:
    """(k, T): the candidates of each decision as logged, else those that the service would have had."""
    if candidates_json is None:
        return eligible(prepared, engine, use)
    mask, logged = logged_candidates(prepared.journey, candidates_json, prepared.rows.decision[use])
    silent = np.flatnonzero(~logged)
    if len(silent):
        mask[silent] = eligible(prepared, engine, use[silent])
    return mask


def _scores(prepared: Prepared, engine: Engine, use: Ints, mask: Mask) -> tuple[Floats, Floats, Floats]:
    """Propensity, priority and deviation of candidates and of doing nothing, as the service computes them."""
    scored = mask.copy()
    scored[:, 0] = True
    propensity, priority, deviation = (np.zeros(mask.shape) for _ in range(3))
    for part in by_customer(prepared.rows.customer[use], BLOCK):
        row, treatment = np.nonzero(scored[part])
        scores = engine.score(prepared.situations.take(use[part]), row, treatment)
        propensity[part[row], treatment] = scores.propensity
        priority[part[row], treatment] = scores.priority
        deviation[part[row], treatment] = scores.deviation
    return propensity, priority, deviation

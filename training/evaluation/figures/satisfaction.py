"""What is known of satisfaction, and what it costs.

The frontier: what the learned policy would gain and change in scores on later decisions, were points worth
more or less, or were less loss allowed. By the models' own account: both figures come from the tables that
decide. Knows scored rows; knows nothing of how tables were learned.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import Floats, Mask
from models.domain.journey import Journey
from models.learned.satisfaction import SatisfactionModel
from models.policy.engine import Engine
from models.statistics import NORMAL_90
from training.evaluation.figures.scored_rows import ScoredRows
from training.evaluation.off_policy.served import within_bounds
from training.fit.prepared import Prepared
from training.fit.satisfaction import LEAST_SCORES, LearnedSatisfaction
from training.rows.split import Part

STEPS: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Weights of the frontier, in units of the weight at which a usual effect is worth a usual gain."""
LOSSES: Final = (0.2, 0.1, 0.05, 0.0)
"""Largest losses that are tried, in points, besides the journey file's."""


def satisfaction_figures(
    prepared: Prepared, learned: LearnedSatisfaction, scored: ScoredRows
) -> dict[str, Any]:
    """Effects by treatment and phase, later scores against them, and the frontier; numbers are finite."""
    journey = prepared.journey
    asked = journey.objective.satisfaction
    if learned.model is None or asked is None:
        told = round(float(learned.share.sum()), 1)
        return {
            "fact": learned.fact,
            "known": False,
            "reason": f"{told:g} scores followed a decision, at least {LEAST_SCORES} are needed",
        }
    return {
        "fact": learned.fact,
        "known": True,
        "scores": learned.model.scores,
        "window_days": learned.model.window_days,
        "largest_loss": asked.largest_loss,
        "later": _later(prepared, learned, learned.model),
        "effects": _effects(journey, scored.engine, learned.model),
        "frontier": _frontier(prepared, scored, learned.model),
    }


def _later(
    prepared: Prepared, learned: LearnedSatisfaction, model: SatisfactionModel
) -> dict[str, Any] | None:
    """Slope of what later scores were above expectation, over what treatments were stated to change.

    1: as stated. None: too few later scores, or nothing was stated.
    """
    test = prepared.split.part[learned.rows] == Part.TEST
    rows, share = learned.rows[test], learned.share[test]
    stated = model.effect[prepared.situations.phase[rows], prepared.rows.treatment[rows]]
    above = learned.score[test] - learned.expected[test]
    if len(rows) < LEAST_SCORES or not stated.any():
        return None
    middle, level = np.average(stated, weights=share), np.average(above, weights=share)
    x, y = stated - middle, above - level
    spread = float((share * x * x).sum())
    if spread <= 1e-12:
        return None
    slope = float((share * x * y).sum()) / spread
    of_rows = share * x * (y - slope * x)
    by_customer = np.bincount(prepared.rows.customer[rows], weights=of_rows)
    half = 1.96 * float(np.sqrt((by_customer**2).sum())) / spread
    return {
        "scores": round(float(share.sum())),
        "slope": round(slope, 4),
        "low": round(slope - half, 4),
        "high": round(slope + half, 4),
    }


def _effects(journey: Journey, engine: Engine, model: SatisfactionModel) -> list[dict[str, Any]]:
    """Every treatment in the phases that it is meant for, the dearest first."""
    half = NORMAL_90 * model.error
    own = engine.satisfaction
    rows = [
        {
            "action": treatment.action,
            "channel": treatment.channel,
            "phase": phase.name,
            "value": round(float(model.effect[p, t]), 5),
            "low": round(float(model.effect[p, t] - half[p, t]), 5),
            "high": round(float(model.effect[p, t] + half[p, t]), 5),
            "refused": own is not None and bool(own.refused[p, t]),
        }
        for p, phase in enumerate(journey.phases)
        for t, treatment in enumerate(journey.treatments)
        if t and engine.catalogue.phases[p, t]
    ]
    return sorted(rows, key=lambda row: row["value"])


def _frontier(prepared: Prepared, scored: ScoredRows, model: SatisfactionModel) -> list[dict[str, Any]]:
    """Money and points a decision, by weight and by largest loss; and as the journey file has it."""
    engine, marketing = scored.engine, scored.engine.catalogue.marketing
    phase = prepared.situations.phase[scored.rows]
    points = model.effect[phase] * marketing
    mask = scored.mask.copy()
    mask[:, 0] = True
    gain = scored.priority - scored.priority[:, :1]
    unit = _unit(gain, points, mask)
    rows = []
    for step in STEPS:
        found = _of(mask, gain + step * unit * points, gain, points)
        rows.append({"kind": "weight", "weight": round(step * unit, 4), "largest_loss": None, **found})
    for most in LOSSES:
        found = _of(mask & (points >= -most), gain, gain, points)
        rows.append({"kind": "largest loss", "weight": 0.0, "largest_loss": most, **found})
    own = engine.satisfaction
    if own is not None:
        within = within_bounds(engine, mask, scored.propensity, scored.priority, phase)
        found = _of(within, gain + own.worth[phase], gain, points)
        asked = prepared.journey.objective.satisfaction
        loss = None if asked is None else asked.largest_loss
        weight = None if asked is None or asked.weights else asked.weight
        rows.append({"kind": "journey file", "weight": weight, "largest_loss": loss, **found})
    return rows


def _unit(gain: Floats, points: Floats, mask: Mask) -> float:
    """EUR a point at which the spread of effects is worth the spread of gains among candidates."""
    spread = float(points[mask].std())
    return float(gain[mask].std()) / spread if spread > 1e-9 else 0.0


def _of(mask: Mask, rank: Floats, gain: Floats, points: Floats) -> dict[str, float]:
    best = np.where(mask, rank, -np.inf).argmax(axis=1)
    each = np.arange(len(best))
    return {
        "gain": round(float(gain[each, best].mean()), 5),
        "points": round(float(points[each, best].mean()), 6),
        "worst": round(float(points[each, best].min(initial=0.0)), 5),
        "nothing": round(float((best == 0).mean()), 4),
    }

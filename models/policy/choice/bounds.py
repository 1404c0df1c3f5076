"""Which candidates may compete, by the bounds of the business.

Knows scores and the journey file's minimum propensity, minimum gain and largest loss of satisfaction; knows
nothing of rules or limits, which come before any score. Training values our policy under the same bounds.
Bounds concern marketing actions under the learned policy: a service message, a control arm and a playbook are
not chosen by these numbers. Shares are met by prices (``scoring/factors.py``), which
``rehearsal/share_prices.py`` works out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Floats, Ints, Mask
from models.domain.decision import DropOut
from models.domain.objective import ArmPolicy
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores


@dataclass(frozen=True, slots=True)
class Bounded:
    """Who may compete.

    Attributes:
        within: shape (k,). None: all of them.
        drop_outs: those who may not, with the value that was too low.
    """

    within: Mask | None = None
    drop_outs: tuple[DropOut, ...] = ()


ALL = Bounded()


def bounded(engine: Engine, arm: ArmPolicy, phase: int, treatment: Ints, scores: Scores) -> Bounded:
    """Ask the bounds of the journey file.

    Args:
        phase: code of the customer's phase.
        treatment: shape (k,). The candidates; position 0 is doing nothing.
    """
    if engine.models is None or arm is not ArmPolicy.DEFAULT or not has_least(engine):
        return ALL
    bounds = engine.journey.objective.bounds
    least = -np.inf if bounds.minimum_gain is None else bounds.minimum_gain
    unlikely, poor = too_low(engine, treatment, scores.propensity, scores.over_nothing)
    sad = costs_satisfaction(engine, phase, treatment) & ~(unlikely | poor)
    refused = [
        *_refused(engine, treatment, unlikely, "MINIMUM_PROPENSITY", scores.propensity, "propensity {:.4f}",
                  bounds.minimum_propensity),
        *_refused(engine, treatment, poor, "MINIMUM_GAIN", scores.over_nothing,
                  "{:z.2f} " + engine.journey.currency + " over doing nothing", least),
        *_sad(engine, phase, treatment, sad),
    ]  # fmt: skip
    return Bounded(~(unlikely | poor | sad), tuple(refused)) if refused else ALL


def has_least(engine: Engine) -> bool:
    """Whether the journey file asks for a least propensity or gain, or for a largest loss of satisfaction."""
    bounds = engine.journey.objective.bounds
    if engine.satisfaction is not None and engine.satisfaction.refused.any():
        return True
    return bounds.minimum_propensity > 0.0 or bounds.minimum_gain is not None


def too_low(engine: Engine, treatment: Ints, propensity: Floats, over_nothing: Floats) -> tuple[Mask, Mask]:
    """Who is too unlikely, and who of the others gains too little.

    Args:
        treatment: shape (k,). Of the last axis of the scores.
        propensity, over_nothing: shape (..., k); EUR over doing nothing.

    Returns:
        Two masks of that shape.
    """
    bounds = engine.journey.objective.bounds
    marketing = engine.catalogue.marketing[treatment]
    unlikely = marketing & (propensity < bounds.minimum_propensity)
    if bounds.minimum_gain is None:
        return unlikely, np.zeros_like(unlikely)
    return unlikely, marketing & ~unlikely & (over_nothing < bounds.minimum_gain)


def costs_satisfaction(engine: Engine, phase: AnyInts | int, treatment: Ints) -> Mask:
    """Who is expected to cost more points than marketing may, shape (..., k): of every phase and treatment.

    Args:
        phase: shape (...). Codes. treatment: shape (k,).
    """
    if engine.satisfaction is None:
        return np.zeros((*np.shape(phase), len(treatment)), dtype=bool)
    refused: Mask = engine.satisfaction.refused[phase][..., treatment]
    return refused


def _sad(engine: Engine, phase: int, treatment: Ints, mask: Mask) -> list[DropOut]:
    asked = engine.satisfaction
    if asked is None:
        return []
    words = "{:+.3f} points of " + asked.fact + " expected"
    values = asked.effect[phase].take(treatment)
    return _refused(engine, treatment, mask, "SATISFACTION_FLOOR", values, words, -asked.largest_loss)


def _refused(
    engine: Engine,
    treatment: Ints,
    mask: Mask,
    code: str,
    values: Floats,
    words: str,
    least: float,
) -> list[DropOut]:
    drop_outs = []
    for position in np.flatnonzero(mask).tolist():
        refused = engine.journey.treatments[int(treatment[position])]
        detail = f"{words.format(float(values[position]))}, at least {least:g}"
        drop_outs.append(
            DropOut(action=refused.action, channel=refused.channel, tier="bounds", code=code, detail=detail)
        )
    return drop_outs

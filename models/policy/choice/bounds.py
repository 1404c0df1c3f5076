"""Which candidates may compete, by the bounds of the business.

Knows scores and the journey file's minimum propensity and gain; knows nothing of rules or limits, which
come before any score. Training values our policy under the same bounds. Bounds concern marketing actions
under the learned policy: a service message, a control arm and a playbook are not chosen by these numbers.
Shares are met by prices (``scoring/factors.py``), which ``rehearsal/share_prices.py`` works out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints, Mask
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


def bounded(engine: Engine, arm: ArmPolicy, treatment: Ints, scores: Scores) -> Bounded:
    """Ask the bounds of the journey file.

    Args:
        treatment: shape (k,). The candidates; position 0 is doing nothing.
    """
    if engine.models is None or arm is not ArmPolicy.DEFAULT or not has_least(engine):
        return ALL
    bounds = engine.journey.objective.bounds
    least = -np.inf if bounds.minimum_gain is None else bounds.minimum_gain
    unlikely, poor = too_low(engine, treatment, scores.propensity, scores.over_nothing)
    refused = [
        *_refused(engine, treatment, unlikely, "MINIMUM_PROPENSITY", scores.propensity, "propensity {:.4f}",
                  bounds.minimum_propensity),
        *_refused(engine, treatment, poor, "MINIMUM_GAIN", scores.over_nothing,
                  "{:z.2f} " + engine.journey.currency + " over doing nothing", least),
    ]  # fmt: skip
    return Bounded(~(unlikely | poor), tuple(refused)) if refused else ALL


def has_least(engine: Engine) -> bool:
    """Whether the journey file asks for a least propensity or gain."""
    bounds = engine.journey.objective.bounds
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

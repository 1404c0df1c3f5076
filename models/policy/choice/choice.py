"""How candidates of a slot share the probability, by arm.

Knows scores, arms, the playbook and the exploration settings; knows nothing of slots or of the draw.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models import kernel
from models.arrays import Floats, Ints, Mask
from models.domain.objective import ArmPolicy, Exploration, ExplorationMethod
from models.policy.choice.exploration import (
    first_best,
    one_hot,
    protect,
    spread,
    uniform,
    with_floor,
    with_new,
)
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores


@dataclass(frozen=True, slots=True)
class Chooser(ABC):
    """Shares out the probability of a slot among the candidates it admits.

    A service message that is the best of a slot is sent with certainty in every arm and by every
    method: arms and exploration are about marketing.

    Attributes:
        merit: shape (k,). What candidates rank by: their priority, or the playbook's order.
        protected: shape (k,). Service messages.
    """

    merit: Floats
    protected: Mask

    @abstractmethod
    def probabilities(self, admitted: Mask) -> Floats:
        """Probability of each candidate, shape (k,); exactly 0 where not ``admitted``."""

    def best(self, admitted: Mask) -> int:
        """The candidate that ranks first."""
        first = int(self.merit.argmax())
        if admitted.item(first):
            return first
        return int(np.where(admitted, self.merit, -np.inf).argmax())


@dataclass(frozen=True, slots=True)
class SharedChooser(Chooser):
    """By any method.

    ``share``: from candidates, shape (1, k), to their probabilities.
    """

    share: Callable[[Mask], Floats]

    def probabilities(self, admitted: Mask) -> Floats:
        shares: Floats = protect(self.merit[None], admitted[None], self.protected[None], self.share)[0]
        return shares


@dataclass(frozen=True, slots=True)
class GapChooser(Chooser):
    """By inverse gap weighting, with the compiled kernel.

    The same bits as ``SharedChooser`` with ``spread``.
    """

    exploration: Exploration

    def probabilities(self, admitted: Mask) -> Floats:
        chosen, shares = self.exploration, np.empty(len(self.merit))
        kernel.native.share_by_gap(
            self.merit, admitted, self.protected, chosen.gamma, chosen.floor, chosen.at_most, shares
        )
        return shares


def chooser_for(engine: Engine, arm: ArmPolicy, phase: int, treatment: Ints, scores: Scores) -> Chooser:
    """The chooser of one situation.

    Without a model the default arm follows the playbook, with the journey file's uniform floor so
    that there is something to learn from.

    Args:
        phase: code of the customer's phase.
        treatment: shape (k,). The candidates; position 0 is doing nothing.
    """
    protected = ~engine.catalogue.marketing.take(treatment)
    protected[0] = False
    if arm is ArmPolicy.RANDOM:
        return SharedChooser(scores.priority, protected, uniform)
    if arm is ArmPolicy.NOTHING:
        return SharedChooser(scores.priority, protected, _nothing)
    if arm is ArmPolicy.DEFAULT and engine.models is not None:
        return _learned(engine, protected, phase, treatment, scores)
    merit = engine.playbook.merit(phase, treatment)
    floor = cold_start_floor(engine) if arm is ArmPolicy.DEFAULT else 0.0
    return SharedChooser(
        merit, protected, lambda c: with_floor(one_hot(first_best(merit[None], c), c), c, floor)
    )


def _learned(engine: Engine, protected: Mask, phase: int, treatment: Ints, scores: Scores) -> Chooser:
    """By priority, less the price that meets share bounds, with what satisfaction is worth.

    New treatments at their own rate.
    """
    exploration, rank = engine.journey.objective.exploration, scores.priority
    if engine.factors.priced:
        rank = rank - engine.factors.price.take(treatment)
    if engine.satisfaction is not None:
        rank = rank + engine.satisfaction.worth[phase].take(treatment)
    by_gap = kernel.native is not None and exploration.method is ExplorationMethod.INVERSE_GAP
    if by_gap and not engine.has_new:
        return GapChooser(rank, protected, exploration)
    new = engine.novelty.take(treatment)
    if by_gap and not new.any():
        return GapChooser(rank, protected, exploration)
    share = learned_share(exploration, rank[None], scores.deviation[None], new[None])
    return SharedChooser(rank, protected, share)


def learned_share(
    exploration: Exploration, rank: Floats, deviation: Floats, novelty: Floats
) -> Callable[[Mask], Floats]:
    """How the learned policy shares out probability: from candidates, shape (n, k), to probabilities.

    Args:
        rank: shape (n, k). EUR, prices taken off.
        deviation: shape (n, k). Standard deviation of the rank, EUR.
        novelty: shape (n, k). 0 is established, 1 wholly new.
    """

    def share(candidate: Mask) -> Floats:
        return spread(exploration, rank, deviation, candidate)

    if exploration.method is ExplorationMethod.NONE or not novelty.any():
        return share
    return lambda candidate: with_new(share, candidate, novelty, exploration.new.share)


def policy_name(engine: Engine, arm: ArmPolicy) -> str:
    """What the log calls the policy: method and settings, and the journey file that they come from.

    Example: ``inverse_gap-1.0-0.02/4f1c09aa``.
    """
    name = engine.policy_names.get(arm)
    if name is None:
        name = engine.policy_names[arm] = _policy_name(engine, arm)
    return name


def _policy_name(engine: Engine, arm: ArmPolicy) -> str:
    exploration = engine.journey.objective.exploration
    if arm is not ArmPolicy.DEFAULT:
        name = arm.value
    elif engine.models is None:
        name = f"{ArmPolicy.PLAYBOOK.value}-{cold_start_floor(engine)}"
    elif exploration.method is ExplorationMethod.INVERSE_GAP:
        name = f"{exploration.method.value}-{exploration.gamma}-{exploration.floor}"
    elif exploration.method is ExplorationMethod.THOMPSON:
        name = f"{exploration.method.value}-{exploration.floor}"
    else:
        name = exploration.method.value
    return f"{name}/{engine.journey.sha256[:8]}"


def cold_start_floor(engine: Engine) -> float:
    """The uniform share that is tried besides the playbook when there is no model."""
    exploration = engine.journey.objective.exploration
    return 0.0 if exploration.method is ExplorationMethod.NONE else exploration.floor


def _nothing(candidate: Mask) -> Floats:
    return one_hot(np.zeros(len(candidate), dtype=np.int64), candidate)

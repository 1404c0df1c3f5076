"""A drawn company: every coefficient of how its customers truly behave.

Knows the truth and the equations; draws nothing and decides nothing. A customer stands in a phase, with a
fatigue and a warmth of 0, 1 or 2 that nobody sees. A decision brings a response or none, then one of four
alternatives: stay, forward, back, leave. Entering a phase earns its value; leaving ends the journey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask

LEVELS: Final = 3
"""Levels of fatigue and of warmth."""
STAY, FORWARD, BACK, LEAVE = range(4)
WARMTH_FALLS: Final = 0.35
"""Probability that a level of warmth is lost within a step."""
WARMTH_LANDS: Final = 0.75
"""Probability that a contact that warms does so."""
TASTE_IN_RESPONSE: Final = 0.7
FATIGUE_IN_RESPONSE: Final = -0.3
DISCOUNT: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What kind of world it is, for rows of a table.

    The coefficients follow from it. ``rewards``: "frequent", "middle" or "rare". ``wrong``, ``late``: shares
    of stated phases that name a neighbour, or the phase before. ``exploration``: share of logged decisions
    that are uniform.
    """

    rewards: str
    heterogeneity: float
    delay: float
    lasting_fatigue: bool
    wrong: float
    late: float
    nothing_works: bool
    zero_mean: bool
    exploration: float

    @property
    def misread(self) -> bool:
        return self.wrong + self.late > 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Company:
    """A drawn company.

    P phases, A treatments (0 does nothing), C channels, K + H attributes (the last H stay hidden).

    Attributes:
        start: (P,) shares. destination: (P, 4) phase after each alternative; P means that they left.
        base: (P, 4) logits. value: (P,) EUR on entering. cost: (A,) EUR.
        channel: (A,) -1 for nothing. tires: (A,) whether a contact tires. warms: (A,) levels of warmth.
        response: (A,) logits. direct, through, leaving: (A, P) logits of moving forward at once, after a
            response, and of leaving. personal: (A, K + H) by attribute, felt in the phases of ``felt``.
        taste_effect: of the taste for the channel, on moving forward.
        baseline: (P, K + H) by attribute, whatever is done. warm_effect: (P,) a level of warmth.
        tiredness: a level of fatigue, against moving forward. recovery: probability that a level goes.
        liking: (K, C) taste for channels by attribute. taste_spread: of taste that nobody can explain.
        reachable: (C,) share of customers. margin_spread: of the log margin, by the first attribute.
        noise: of the observed attributes. binary: attributes are -1 or 1.
        playbook: (n, P) treatments in order of preference. horizon: decisions a journey.
        journeys: size of the company's own log.
    """

    seed: int
    traits: Traits
    start: Floats
    destination: Ints
    base: Floats
    value: Floats
    cost: Floats
    channel: Ints
    tires: Mask
    warms: Ints
    response: Floats
    direct: Floats
    through: Floats
    leaving: Floats
    personal: Floats
    felt: Floats
    taste_effect: float
    baseline: Floats
    warm_effect: Floats
    tiredness: float
    recovery: float
    liking: Floats
    taste_spread: float
    reachable: Floats
    margin_spread: float
    noise: float
    binary: bool
    playbook: Ints
    horizon: int
    journeys: int

    @property
    def phases(self) -> int:
        return len(self.start)

    @property
    def treatments(self) -> int:
        return len(self.cost)

    @property
    def channels(self) -> int:
        return len(self.reachable)

    @property
    def observed(self) -> int:
        """Attributes that the company sees."""
        return len(self.liking)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return result


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return result

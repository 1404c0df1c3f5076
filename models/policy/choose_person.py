"""Which of an account's people is spoken to.

Each has a best treatment of their own; the people then share out the probability like candidates do: by the
arm's policy, with exploration, service messages first. Knows the steps of each person's decision; knows
nothing of how people and their states were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.arrays import Floats
from models.domain.account import Offer
from models.domain.objective import ArmPolicy, ExplorationMethod
from models.policy.choice.choice import learned_share
from models.policy.choice.exploration import draw, protect, uniform
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps
from models.uniform_hash import uniform_hash

_SALT: Final = "person"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who is spoken to.

    ``position``: of the person; ``offers``: of all, highest gain first.
    """

    position: int
    probability: float
    offers: tuple[Offer, ...]


def choose_person(engine: Engine, people: Sequence[DecisionSteps], decision_id: str) -> Spoken:
    """Draw one of the people, with exact probabilities.

    The draw is seeded by ``decision_id``; who can be offered something goes before who cannot.

    Args:
        people: at least one; all of one account, so all in one arm.
    """
    best = [steps.chooser.best(steps.picks[0].admitted) for steps in people]
    gain = np.array([s.scores.over_nothing[p] for s, p in zip(people, best, strict=True)])
    probability = _shares(engine, people, best, gain)
    position = draw(probability, uniform_hash(f"{_SALT}:{decision_id}"))
    figures = zip(people, best, gain.tolist(), probability.tolist(), strict=True)
    offers = [_offer(engine, *each) for each in figures]
    offers.sort(key=lambda offer: (-offer.gain, offer.role, offer.action))
    return Spoken(position, float(probability[position]), tuple(offers))


def _shares(engine: Engine, people: Sequence[DecisionSteps], best: Sequence[int], gain: Floats) -> Floats:
    """The probability of each person, shape (n,)."""
    able = np.array([np.count_nonzero(steps.picks[0].admitted) > 1 for steps in people])
    candidate = (able if able.any() else ~able)[None]
    arm = people[0].arm.policy
    if arm is ArmPolicy.RANDOM:
        return np.asarray(uniform(candidate)[0])
    learned = arm is ArmPolicy.DEFAULT and engine.models is not None
    merit = gain if learned else np.array([s.chooser.merit[p] for s, p in zip(people, best, strict=True)])
    exploration = engine.journey.objective.exploration
    if not learned:
        exploration = replace(exploration, method=ExplorationMethod.NONE)
    deviation = np.array([s.scores.deviation[p] for s, p in zip(people, best, strict=True)])
    share = learned_share(exploration, merit[None], deviation[None], np.zeros((1, len(people))))
    protected = np.array([s.chooser.protected[p] for s, p in zip(people, best, strict=True)])
    return np.asarray(protect(merit[None], candidate, protected[None], share)[0])


def _offer(engine: Engine, steps: DecisionSteps, best: int, gain: float, probability: float) -> Offer:
    treatment = engine.journey.treatments[int(steps.candidates[best])]
    account = steps.request.account
    role = "" if account is None else account.role
    return Offer(role, treatment.action, treatment.channel, gain, probability)

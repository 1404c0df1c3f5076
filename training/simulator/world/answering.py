"""What comes back from a contact.

Responses, refusals and unsubscribes, as outcomes and as events.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.actions import NOTHING
from models.domain.interaction import Kind
from models.policy.eligibility.catalogue import Catalogue
from training.simulator.world.emission import Emission
from training.simulator.world.equations import Equations
from training.simulator.world.events import DELIVERY_MS, Events, make_events
from training.simulator.world.step import Noise
from training.simulator.world_file.truth import WorldFile


class Answering:
    """Turns what followed a contact into outcomes and events.

    They belong to the decision to contact.
    """

    def __init__(self, file: WorldFile, equations: Equations, emission: Emission) -> None:
        self._file, self._equations, self._emission = file, equations, emission
        self._positive = _positive_outcomes(file)
        self._action = Catalogue.of(file.journey).action.astype(np.int64)
        index = file.journey.outcome_index
        self._rejected, self._unsubscribed = index.get("rejected", -1), index.get("unsubscribed", -1)

    def outcome(self, treatment: Ints, responded: Mask, active: Mask, fatigue: Floats, noise: Noise) -> Ints:
        """The outcome of each decision; an ignored one leaves no record, so -1."""
        answers = self._file.answers
        leave = answers.unsubscribed * np.exp(self._file.fatigue.unsubscribe * fatigue)
        outcome = np.full(len(treatment), -1, dtype=np.int64)
        refusing = (treatment > 0) & active & ~responded
        outcome[refusing & (noise.refuse < leave + answers.rejected)] = self._rejected
        outcome[refusing & (noise.refuse < leave)] = self._unsubscribed
        return np.where(responded, self._positive[treatment], outcome)

    def unsubscribes(self, outcome: Ints) -> Mask:
        """Whether each outcome withdraws the consent for its channel."""
        return np.asarray((outcome == self._unsubscribed) & (outcome >= 0))

    def events(self, treatment: Ints, outcome: Ints, outcome_at: Ints) -> Events:
        """The outcomes as events."""
        who = np.flatnonzero(outcome >= 0)
        return make_events(
            who,
            outcome_at[who],
            self._emission.outcome_code(outcome[who]),
            kind=int(Kind.OUTCOME),
            **self._codes(treatment[who]),
        )

    def contacts(self, treatment: Ints, instant: Ints) -> Events:
        """The contacts as events, delivered shortly after their decision."""
        who = np.flatnonzero(treatment > 0)
        code = self._emission.code["contact"]
        columns = self._codes(treatment[who])
        return make_events(who, instant[who] + DELIVERY_MS, code, kind=int(Kind.CONTACT), **columns)

    def _codes(self, treatment: Ints) -> dict[str, Ints]:
        return {"channel": self._equations.channel[treatment], "action": self._action[treatment]}


def _positive_outcomes(file: WorldFile) -> Ints:
    """Position of the outcome that a positive response to each treatment brings; -1 for nothing."""
    journey = file.journey
    order = [outcome.name for outcome in journey.outcomes]
    codes = []
    for treatment in journey.treatments:
        if treatment.action == NOTHING:
            codes.append(-1)
            continue
        own = file.actions[treatment.action].outcome
        usual = sorted(journey.positive_outcomes(treatment.action), key=order.index)
        codes.append(order.index(own or usual[0]))
    return np.array(codes, dtype=np.int64)

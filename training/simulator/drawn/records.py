"""What the records of a drawn company hold of its customers.

All that a policy may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints, Mask
from training.simulator.drawn.company import Company
from training.simulator.drawn.customers import Customers

HISTORY: Final = (
    "dwell", "since_contact", "pressure", "lasting_pressure", "responses", "last_response", "last_move",
    "response_rate",
)  # fmt: skip
FADING: Final = 0.65
"""What is left of a contact in the decayed counts after each step."""
LASTING: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What is known at n decisions.

    Attributes:
        step: (n,). phase: (n,) as stated; P: has left. attributes: (n, K). eligible: (n, A).
        history: (n, columns of ``HISTORY``). recent: (n, A) decayed contacts by treatment.
        taste: (n, C) log response rate by channel against the customer's own mean, shrunk.
    """

    step: Ints
    phase: Ints
    attributes: Floats
    eligible: Mask
    history: Floats
    recent: Floats
    taste: Floats

    @property
    def n(self) -> int:
        return len(self.phase)

    def take(self, index: Any) -> View:
        """Some of the decisions."""
        return View(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def join(views: Sequence[View]) -> View:
    """Decisions one after another."""
    return View(**{f.name: np.concatenate([getattr(v, f.name) for v in views]) for f in fields(View)})


class Records:
    """The records of n customers as they grow."""

    def __init__(self, people: Customers, stated: Ints) -> None:
        company, n = people.company, people.n
        self._people, self._company = people, company
        self._step, self._phase = 0, stated
        self._dwell, self._pressure, self._lasting = np.zeros(n), np.zeros(n), np.zeros(n)
        self._since, self._responses = np.full(n, 6.0), np.zeros(n)
        self._last_response, self._last_move = np.zeros(n), np.zeros(n)
        self._recent = np.zeros((n, company.treatments))
        self._sent, self._answered = np.zeros((n, company.channels)), np.zeros((n, company.channels))

    def view(self) -> View:
        """As known before the next decision."""
        rate = (self._responses + 1) / (self._sent.sum(axis=1) + 4)
        taste = np.log((self._answered + 3 * rate[:, None]) / (self._sent + 3)) - np.log(rate)[:, None]
        columns = [
            np.minimum(self._dwell, 8) / 4,
            self._since / 3,
            self._pressure,
            self._lasting / 3,
            np.minimum(self._responses, 8) / 4,
            self._last_response,
            self._last_move,
            np.log(rate) + 1.4,
        ]
        return View(
            step=np.full(len(self._phase), self._step),
            phase=self._phase.copy(),
            attributes=self._people.observed,
            eligible=self._people.eligible,
            history=np.column_stack(columns),
            recent=self._recent.copy(),
            taste=taste,
        )

    def add(self, treatment: Ints, responded: Mask, stated: Ints) -> None:
        """What was done, whether it was answered, and the phase that is stated since."""
        company = self._company
        row = np.arange(len(treatment))
        contact, tires = treatment > 0, company.tires[treatment]
        alive = stated < company.phases
        self._last_move = np.sign(stated - self._phase) * alive
        self._dwell = np.where(stated == self._phase, self._dwell + 1, 0)
        self._since = np.where(contact, 0, np.minimum(6, self._since + 1))
        self._pressure = np.clip(np.where(tires, self._pressure + 1, self._pressure * 0.5), 0, 4)
        self._lasting = self._lasting * LASTING + tires
        self._responses = self._responses + responded
        self._last_response = responded.astype(np.float64)
        self._recent = self._recent * FADING
        self._recent[row[contact], treatment[contact]] += 1
        self._sent[row[contact], company.channel[treatment[contact]]] += 1
        self._answered[row[contact], company.channel[treatment[contact]]] += responded[contact]
        self._phase, self._step = stated, self._step + 1


def state_phase(company: Company, before: Ints, phase: Ints, rng: np.random.Generator) -> Ints:
    """The phase as the records state it: wrong or late for a share; that somebody left is always known."""
    traits, n = company.traits, len(phase)
    chance, up = rng.random(n), rng.random(n) < 0.5
    neighbour = np.clip(phase + np.where(up, 1, -1), 0, company.phases - 1)
    stated = np.where(chance < traits.wrong, neighbour, phase)
    late = (chance >= traits.wrong) & (chance < traits.wrong + traits.late)
    stated = np.where(late, before, stated)
    return np.where(phase == company.phases, phase, stated)


def draw(probability: NDArray[Any], rng: np.random.Generator) -> Ints:
    """One column a row, by its probability."""
    position = (rng.random(len(probability))[:, None] >= np.cumsum(probability, axis=1)).sum(axis=1)
    last = probability.shape[1] - 1 - np.argmax(probability[:, ::-1] > 0, axis=1)
    result: Ints = np.minimum(position, last)
    return result

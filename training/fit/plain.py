"""Any table as if it were a journey.

One treatment, a phase a class, columns that are numbers. For estimators without a journey file, in a
notebook or under scikit-learn's own checks.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.domain.actions import Action, Channel
from models.domain.journey import Journey, Phase
from models.domain.objective import Objective


@dataclass(frozen=True, slots=True)
class PlainColumns:
    """``n`` columns of numbers, all the customer's."""

    n: int

    @property
    def customer_names(self) -> tuple[str, ...]:
        return tuple(f"x{column}" for column in range(self.n))

    @property
    def candidate_names(self) -> tuple[str, ...]:
        return ()

    @property
    def customer_categorical(self) -> tuple[int, ...]:
        return ()

    @property
    def candidate_categorical(self) -> tuple[int, ...]:
        return ()


def plain_journey(phases: int) -> Journey:
    """Phases of no value, and one action on one channel."""
    return Journey(
        company="",
        currency="EUR",
        time_zone="UTC",
        default_locale="en",
        phases=tuple(Phase(name=f"p{number}", label="") for number in range(phases)),
        phase_rules=(),
        channels=(Channel(name="c", label=""),),
        actions=(Action(name="a", label="", channels=("c",)),),
        objective=Objective(),
    )

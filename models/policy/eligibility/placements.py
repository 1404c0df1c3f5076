"""Which slots a request asks to fill, and what each admits.

Knows the names in a request and checks every one of them; knows nothing of the customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats
from models.domain.actions import NOTHING
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.errors import RequestError, UnknownNameError
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.treatment_sets import NOTHING as NOTHING_BIT
from models.policy.eligibility.treatment_sets import treatment_set, union

MAX_SLOTS: Final = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """One place to fill.

    ``admits``: treatments as bits, doing nothing always among them.
    """

    placement: str | None
    admits: int


class SlotTable:
    """Channels and placements as sets of treatments, compiled once."""

    __slots__ = ("_actions", "_all", "_channels", "_journey", "_placements", "_weights")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self._journey = journey
        self._channels = {
            c.name: NOTHING_BIT | treatment_set(catalogue.where(channels=[c.name])) for c in journey.channels
        }
        self._all = union(self._channels.values()) | NOTHING_BIT
        self._placements = {p: self._channels[c] for p, c in journey.placement_channel.items()}
        names = {t.action for t in journey.treatments} | {t.name for t in journey.treatments}
        self._actions = frozenset(names - {NOTHING})
        groups = {a.group for a in journey.actions if a.group is not None}
        self._weights = {group: catalogue.where(groups=[group]) for group in groups} | {
            action.name: catalogue.where(actions=[action.name]) for action in journey.actions
        }

    def slots(self, request: DecisionRequest) -> tuple[Slot, ...]:
        """The slots of ``request``: one per placement, else ``limit`` equal ones over the channels.

        Raises:
            UnknownNameError: a phase, channel, placement or action that the journey file does not have.
            RequestError: ``limit`` or the number of placements is out of range.
        """
        self._check(request)
        admits = self._all
        if request.channels is not None:
            admits = union(self._channels[name] for name in request.channels) | NOTHING_BIT
        if request.placements is None:
            return (Slot(None, admits),) * request.limit
        return tuple(Slot(name, self._placements[name] & admits) for name in request.placements)

    def weights(self, request: DecisionRequest) -> Floats | None:
        """The factor of every treatment from ``context.weights``, shape (T,); None if there are none.

        Raises:
            UnknownNameError: a weight for what is neither an action nor a group.
            RequestError: a weight that is not a number from 0 up.
        """
        weights = request.context.get("weights")
        if not weights:
            return None
        if not isinstance(weights, Mapping):
            raise RequestError(f"context.weights is {weights!r}, expected a map of action or group to factor")
        _known("context.weights", weights, self._weights)
        factor = np.ones(len(self._journey.treatments))
        for name, value in weights.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not 0.0 <= value < float("inf"):
                raise RequestError(f"context.weights[{name!r}] is {value!r}, expected a number from 0 up")
            factor[self._weights[name]] *= value
        return factor

    def _check(self, request: DecisionRequest) -> None:
        _known("channels", request.channels or (), self._channels)
        _known("placements", request.placements or (), self._placements)
        _known("exclude", request.exclude, self._actions)
        if request.stated_phase is not None:
            _known("phase", (request.stated_phase,), self._journey.phase_index)
        number = request.limit if request.placements is None else len(request.placements)
        if not 1 <= number <= MAX_SLOTS:
            raise RequestError(f"the request asks for {number} treatments, expected 1 to {MAX_SLOTS}")


def _known(field: str, names: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownNameError(
            f"{field} names {unknown[0]!r}, which the journey file does not have; "
            f"it has {', '.join(repr(name) for name in sorted(known))}"
        )

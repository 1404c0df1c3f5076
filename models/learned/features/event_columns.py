"""What each event counts for.

Its places in a table of running counts. Knows event codes and the spec; knows nothing of moments or windows.
The look-ups depend only on the list of touchpoint names of a history, and are kept between calls.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.domain.actions import NOTHING
from models.domain.history import CONTACT, OUTCOME, TOUCHPOINT, History
from models.domain.interaction import Kind
from models.domain.journey import Journey
from models.learned.features.spec import FeatureSpec

CONTACTS: Final = 0
TOUCHPOINTS: Final = 1  # what the customer did; each named touchpoint has a place after it

_MAX_KEPT: Final = 64


def pack(kind: str, *numbers: int) -> bytes:
    """Numbers as the compiled kernel reads them; a fifth of the time that an array takes to make."""
    return struct.pack(f"{len(numbers)}{kind}", *numbers)


@dataclass(frozen=True, slots=True)
class _Lookups:
    named: NDArray[np.intp]  # touchpoint code → place
    positive: Mask  # (action, touchpoint): an outcome that is a positive response to it


class EventColumns:
    """The places of events in a table of running counts.

    Contacts, touchpoints, each named touchpoint, each channel, positives, and one for nothing.
    """

    __slots__ = (
        *("_journey", "_kept", "_last", "_place", "channels", "nowhere"),
        *("of_channel", "of_kind", "positives"),
    )

    def __init__(self, spec: FeatureSpec, journey: Journey) -> None:
        self._journey = journey
        self._kept: dict[tuple[str, ...], _Lookups] = {}
        self._place = {name: TOUCHPOINTS + 1 + i for i, name in enumerate(spec.touchpoints)}
        self.channels = TOUCHPOINTS + 1 + len(spec.touchpoints)
        self.positives = self.channels + len(spec.channels)
        self.nowhere = self.positives + 1
        self._last: tuple[tuple[str, ...], _Lookups] = (), self._make(())
        self.of_kind = np.full(len(Kind), self.nowhere, dtype=np.intp)
        self.of_kind[CONTACT] = CONTACTS
        self.of_kind[TOUCHPOINT] = TOUCHPOINTS
        self.of_channel = np.full((len(Kind), len(journey.channels) + 1), self.nowhere, dtype=np.intp)
        for i, name in enumerate(spec.channels):  # code -1 reads the last column: nowhere
            self.of_channel[TOUCHPOINT, journey.channel_index[name]] = self.channels + i

    def places(self, history: History, events: slice) -> NDArray[np.intp]:
        """Shape (4, n): the kind's place, the named touchpoint's, the channel's, the positives'."""
        kind = history.kind[events]
        places = np.empty((4, len(kind)), dtype=np.intp)
        places[0] = self.of_kind[kind]
        places[1] = self.lookups(history.touchpoints).named[history.touchpoint[events]]
        places[2] = self.of_channel[kind, history.channel[events]]
        places[3] = np.where(self.positive(history, events), self.positives, self.nowhere)
        return places

    def positive(self, history: History, events: slice) -> Mask:
        """Shape (n,): whether the event is a positive outcome of its action."""
        positive = self.lookups(history.touchpoints).positive
        outcome: Mask = history.kind[events] == OUTCOME
        return outcome & positive[history.action[events], history.touchpoint[events]]

    def lookups(self, touchpoints: tuple[str, ...]) -> _Lookups:
        """What the codes of a list of touchpoint names mean."""
        last, known = self._last
        if last is touchpoints:  # most histories share theirs, and the hash of so many names takes long
            return known
        cached = self._kept.get(touchpoints)
        if cached is None:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            cached = self._kept[touchpoints] = self._make(touchpoints)
        self._last = touchpoints, cached
        return cached

    def _make(self, touchpoints: tuple[str, ...]) -> _Lookups:
        actions = [*(action.name for action in self._journey.actions), NOTHING]  # code -1 reads the last row
        positive = np.zeros((len(actions), len(touchpoints)), dtype=bool)
        code_of = {name: code for code, name in enumerate(touchpoints)}
        for row, action in enumerate(actions):
            known = [code_of[name] for name in self._journey.positive_outcomes(action) if name in code_of]
            positive[row, known] = True
        named = [self._place.get(name, self.nowhere) for name in touchpoints]
        return _Lookups(named=np.array(named, dtype=np.intp), positive=positive)

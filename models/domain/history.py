"""Histories of many customers in columns: the one input of phases and features.

Training builds one ``History`` of millions of events, the service one of a single customer; the same
code reads both. Times are integer milliseconds since 1970 UTC and money is integer cents, so that sums
and differences are exact and one customer at a time equals all at once, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Events of ``n_customers`` customers, ascending in time within each customer.

    Attributes:
        start: shape (n_customers + 1,). Customer i owns the events ``start[i]:start[i + 1]``.
        occurred_at: shape (n_events,), int64. Milliseconds since 1970 UTC.
        kind: shape (n_events,), int8. ``models.domain.interaction.Kind``.
        channel: shape (n_events,), int32. Position in ``journey.channels``; -1 none.
        touchpoint: shape (n_events,), int32. Position in ``touchpoints`` (an outcome's name for outcomes).
        action: shape (n_events,), int32. Position in ``journey.actions``; -1 none.
        phase: shape (n_events,), int32. Phase stated by the source; -1 none.
        value_cents: shape (n_events,), int64.
        touchpoints: names behind the touchpoint codes.
        properties: per event, or None where no phase rule reads them.
    """

    start: Ints
    occurred_at: Ints
    kind: NDArray[np.int8]
    channel: Codes
    touchpoint: Codes
    action: Codes
    phase: Codes
    value_cents: Ints
    touchpoints: tuple[str, ...]
    properties: Sequence[Mapping[str, Any]] | None = None

    @property
    def n_customers(self) -> int:
        return len(self.start) - 1

    @property
    def n_events(self) -> int:
        return len(self.occurred_at)

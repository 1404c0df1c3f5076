"""Customers at moments, with everything that features and policies read.

Made by ``FeatureBuilder.situate``; a plain record that knows nothing of how it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Codes, Floats, Floats32, Ints
from models.domain.history import History
from models.domain.phases import PhaseTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class Situations:
    """Customers at moments, ``n`` of them.

    Nothing at or after its moment has a part in a situation.

    Attributes:
        history: whose customers they are.
        customer: shape (n,). Positions in the history.
        instant: shape (n,), int64. Milliseconds since 1970 UTC.
        end: shape (n,), int64. The customer's first event that is not strictly before the moment.
        phase: shape (n,), int32. Stated by the caller, else from the history.
        phase_since: shape (n,), int64. Milliseconds since 1970 UTC.
        phase_lags: shape (n, 2), int32. The phases before, last first; -1 none.
        phases_entered: shape (n,), int64. How often the customer moved.
        phases_reached: shape (n,), int64. A bit for each phase that the customer was in.
        window_start: shape (n, w), int64. First event within each of the builder's windows.
        attributes: shape (n, A), float64. In the order of ``spec.attributes``, then the columns of
            ``spec.feedback`` as they were at the moment; nan is missing.
        local_ms: shape (n,), int64. The moment by the customer's wall clock, in milliseconds.
        customer_x: shape (n, F), float32. Their customer features by the builder that made them, where these
            have been built already; None: nobody has.
        trace: all moves of the history, where somebody made them already.
    """

    history: History
    customer: AnyInts
    instant: Ints
    end: Ints
    phase: Codes
    phase_since: Ints
    phase_lags: Codes
    phases_entered: Ints
    phases_reached: Ints
    window_start: Ints
    attributes: Floats
    local_ms: Ints
    customer_x: Floats32 | None = None
    trace: PhaseTrace | None = None

    def __len__(self) -> int:
        return len(self.instant)

    def take(self, rows: AnyInts | slice) -> Situations:
        """Those at some positions, shape (k,), in that order."""
        columns = {n: column[rows] for n, column in zip(_COLUMNS, _columns_of(self), strict=True)}
        features = None if self.customer_x is None else self.customer_x[rows]
        return Situations(history=self.history, customer_x=features, trace=self.trace, **columns)

    def each(self) -> list[Situations]:
        """Each by itself, in order: what ``take`` gives for a single one, in less time."""
        if self.customer_x is not None:
            return [self.take(slice(at, at + 1)) for at in range(len(self))]
        rows = zip(*(column[:, None] for column in _columns_of(self)), strict=True)
        return [
            Situations(history=self.history, trace=self.trace, **dict(zip(_COLUMNS, row, strict=True)))
            for row in rows
        ]


_COLUMNS = tuple(f.name for f in fields(Situations) if f.name not in ("history", "customer_x", "trace"))
_columns_of = attrgetter(*_COLUMNS)


def moment_of(situations: Situations) -> tuple[NDArray[Any], ...]:
    """The only situation and the events of its history, as the compiled kernel reads them."""
    history = situations.history
    return (
        history.kind,
        history.channel,
        history.touchpoint,
        history.action,
        history.occurred_at,
        history.value_cents,
        history.start,
        np.asarray(situations.customer, dtype=np.int64),
        situations.end,
        situations.instant,
        situations.local_ms,
        situations.phase,
        np.ascontiguousarray(situations.phase_lags),
        situations.phase_since,
        situations.phases_entered,
        np.ascontiguousarray(situations.window_start),
    )

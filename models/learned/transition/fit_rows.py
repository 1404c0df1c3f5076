"""The rows that a transition model learns from.

They carry what the parts fitted so far say of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.learned.transition.model import TransitionModel


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Decisions with a known next phase, n of them.

    With what the baseline's parts say of them.

    Attributes:
        x: shape (N, F). The features of all.
        at: shape (n,). Positions in ``x``.
        course, trees: shape (n, P). What these parts of the model add to the log-odds; zeros before there
            are any. Kept, because every step of the fit asks for them.
    """

    x: AnyFloats
    at: AnyInts
    phase: AnyInts
    treatment: AnyInts
    next_phase: AnyInts
    customer: AnyInts
    later: Mask
    course: Floats
    trees: Floats

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Mask) -> Rows:
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return Rows(**{name: each if name == "x" else each[rows] for name, each in columns.items()})

    def features(self, rows: AnyInts) -> AnyFloats:
        """Shape (k, F), of the rows at some positions."""
        return self.x[self.at[rows]]


def known_rows(
    x: AnyFloats,
    at: AnyInts,
    phase: AnyInts,
    treatment: AnyInts,
    next_phase: AnyInts,
    customer: AnyInts,
    later: Mask,
    phases: int,
) -> Rows:
    """Those of all rows whose next phase is known; ``at``: where their features stand in ``x``."""
    use = np.flatnonzero(next_phase >= 0)
    nothing = np.zeros((len(use), phases))
    return Rows(
        x, at[use], phase[use], treatment[use], next_phase[use], customer[use], later[use], nothing, nothing
    )


def early_rows(known: Rows) -> Rows:
    """The rows that are not of the later time, or all where every row is."""
    return known if known.later.all() else known.take(~known.later)


def start_of(model: TransitionModel, rows: Rows) -> Floats:
    """``model.start`` of rows that know what the course says of them."""
    return np.asarray(model.before_trees(rows.phase) + rows.course)


def baseline_of(model: TransitionModel, rows: Rows) -> Floats:
    """``model.baseline`` of rows that know what course and trees say of them."""
    return start_of(model, rows) + model.calibration.scale * rows.trees

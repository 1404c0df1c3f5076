"""Finds rewards that are credited to several decisions.

Decisions closer together than the horizon can all be followed by the same entry into a phase, and in a log
without decisions several contacts by the same positive touchpoint. Policies can still be compared decision by
decision; but a sum of such rewards over decisions counts some of them more than once.

Knows rows and phases; knows nothing of policies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Mask
from models.domain.journey import Journey
from training.rows.rows import UNKNOWN, DecisionRows, RowSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Rows whose reward is credited to the next row too.

    The customer's next row; out of ``rewarded`` rows.

    Attributes:
        entries: by an entry into a phase that has a value: certainly the same one.
        responses: by a positive touchpoint in a log without decisions: possibly the same one.
        rewarded: rows credited with an entry or a response.
    """

    entries: int
    responses: int
    rewarded: int


def find_overlap(rows: DecisionRows, phase: AnyInts, journey: Journey) -> Overlap:
    """Count them.

    Args:
        rows: n rows.
        phase: shape (n,). Phase at the decision.
        journey: entry values, and which treatments belong to one action.
    """
    order = np.lexsort((rows.decided_at, rows.customer))
    this, following = order[:-1], order[1:]
    same = rows.customer[this] == rows.customer[following]
    entered = _entered(rows, phase, journey)
    responded = rows.response == 1
    exposure = rows.source == RowSource.EXPOSURE
    return Overlap(
        entries=int((same & _same_entry(rows, phase, entered, this, following)).sum()),
        responses=int((same & _same_response(rows, journey, responded & exposure, this, following)).sum()),
        rewarded=int((entered | responded).sum()),
    )


def _entered(rows: DecisionRows, phase: AnyInts, journey: Journey) -> Mask:
    """Credited with an entry: another phase at the horizon, and one that has a value."""
    value = np.array([each.value for each in journey.phases])
    moved = (rows.next_phase != UNKNOWN) & (rows.next_phase != phase)
    return np.asarray(moved & (value[rows.next_phase] != 0.0))


def _same_entry(rows: DecisionRows, phase: AnyInts, entered: Mask, this: AnyInts, following: AnyInts) -> Mask:
    """The customer had not yet moved at the next decision, and both are credited with where they went."""
    return np.asarray(
        entered[this]
        & entered[following]
        & (phase[this] == phase[following])
        & (rows.next_phase[this] == rows.next_phase[following])
        & (rows.decided_at[following] < rows.next_known_at[this])
    )


def _same_response(
    rows: DecisionRows, journey: Journey, responded: Mask, this: AnyInts, following: AnyInts
) -> Mask:
    """Both contacts with one action are credited with a response, and their windows overlap."""
    action = np.array([journey.action_index.get(t.action, -1) for t in journey.treatments])
    return np.asarray(
        responded[this]
        & responded[following]
        & (action[rows.treatment[this]] == action[rows.treatment[following]])
        & (rows.decided_at[following] < rows.response_known_at[this])
    )


def overlap_note(overlap: Overlap) -> str | None:
    """What the report says of it; None where there is nothing to say."""
    if not overlap.entries + overlap.responses:
        return None
    parts = []
    if overlap.entries:
        parts.append(f"{overlap.entries:,} share an entry into a phase with the customer's next decision")
    if overlap.responses:
        parts.append(f"{overlap.responses:,} may share a positive touchpoint with the next contact")
    return (
        f"rewards overlap: of {overlap.rewarded:,} rewarded decisions {' and '.join(parts)}; compare "
        "policies decision by decision, but do not add these rewards up over decisions"
    )

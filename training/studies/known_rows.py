"""Rows as they were known at an instant.

So that what is learned from them is what would have been learned then. Knows times and customers; learns
nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from models.errors import TrainingDataError
from training.config import Split
from training.fit.prepared import Prepared
from training.rows.labels import NEVER
from training.rows.rows import UNKNOWN, DecisionRows
from training.rows.split import customer_start, split_rows


def rows_at(prepared: Prepared, at: Any) -> Prepared:
    """Some of the rows, by position, with their features."""
    split = prepared.split
    return replace(
        prepared,
        split=replace(
            split,
            rows=split.rows.take(at),
            whole=split.whole.take(at),
            part=split.part[at],
            weight=None if split.weight is None else split.weight[at],
        ),
        situations=prepared.situations.take(at),
        customer_x=prepared.customer_x[at],
        candidate_x=prepared.candidate_x[at],
    )


def as_of(
    prepared: Prepared, instant: int, split: Split, purge: bool, early_labels: str = "drop"
) -> Prepared:
    """The rows before an instant with what was known of them then, split as a training of that day would.

    Args:
        instant: milliseconds since 1970 UTC.
        split: shares; where it has instants, which are those of another day, the usual shares.

    Raises:
        TrainingDataError: too little was known then.
    """
    before = np.flatnonzero(prepared.split.whole.decided_at < instant)
    if not len(before):
        raise TrainingDataError("no decision is earlier than the first cut; start later.")
    then = rows_at(prepared, before)
    shares = Split(by=split.by) if not isinstance(split.test_from, float) else split
    known = _known(then.split.whole, instant)
    start = customer_start(prepared.log.history, prepared.log.end)
    return replace(then, split=split_rows(known, start, shares, purge, early_labels))


def _known(rows: DecisionRows, instant: int) -> DecisionRows:
    """Without labels and rewards that came later."""
    unanswered, unmoved = rows.response_known_at > instant, rows.next_known_at > instant
    return replace(
        rows,
        response=np.where(unanswered, UNKNOWN, rows.response).astype(np.int8),
        responded_at=np.where(rows.responded_at > instant, NEVER, rows.responded_at),
        next_phase=np.where(unmoved, UNKNOWN, rows.next_phase).astype(np.int32),
        reward=np.where(unanswered | unmoved, np.nan, rows.reward),
    )

"""Split: rows into train, calibrate and test, one time after the other.

Knows times only. A label that was not known before the next part begins would tell the future: purging
takes such labels away (the row stays, its label becomes unknown).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints, Mask
from models.domain.history import History
from models.errors import TrainingDataError
from training.config import Split
from training.rows.early_labels import weigh_early
from training.rows.labels import NEVER
from training.rows.rows import UNKNOWN, DecisionRows


class Part(IntEnum):
    """What a row is for."""

    TRAIN = 0
    CALIBRATE = 1
    TEST = 2


Parts = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRows:
    """Rows with purged labels, and the part of each.

    With the instants between parts (ms). ``whole``: the rows before labels were purged. ``weight``: shape
    (n,), how much each response counts; None: all alike.
    """

    rows: DecisionRows
    part: Parts
    calibrate_from: int
    test_from: int
    purged: int  # labels of responses taken away
    whole: DecisionRows
    weight: Floats | None = None

    def of(self, part: Part) -> Mask:
        """Mask of a part's rows."""
        mask: Mask = self.part == part
        return mask


def customer_start(history: History, end: int) -> Ints:
    """First event of each customer, or ``end``, of the log, for those without any; milliseconds."""
    first: Ints = np.append(history.occurred_at, end)[history.start[:-1]]
    return np.where(np.diff(history.start) > 0, first, end)


def split_rows(
    rows: DecisionRows, customer_start: Ints, split: Split, purge: bool, early_labels: str = "drop"
) -> SplitRows:
    """Cut the rows by time.

    Args:
        rows: n rows.
        customer_start: shape (n_customers,). First event of each customer, milliseconds.
        split: where to cut, and whether by the row's time or the customer's first.
        purge: whether labels known only after the next part begins are taken away.
        early_labels: ``weigh`` counts responses that came before the next part began although their window
            had not passed, see ``early_labels.py``; ``drop`` purges them too.

    Raises:
        TrainingDataError: the training or the test part has no response that is known.
    """
    of_row = rows.decided_at if split.by == "decision" else customer_start[rows.customer]
    order = of_row if split.by == "decision" else customer_start[np.unique(rows.customer)]
    first, second = (_instant(cut, order) for cut in (split.calibrate_from, split.test_from))
    part = ((of_row >= first).astype(np.int8) + (of_row >= second)).astype(np.int8)
    limits = np.array([first, second, NEVER])
    kept, purged, weight = _cut(rows, limits[part], purge, early_labels)
    _check(kept, part)
    return SplitRows(
        rows=kept,
        part=part,
        calibrate_from=first,
        test_from=second,
        purged=purged,
        whole=rows,
        weight=weight,
    )


def without_test(split: SplitRows, purge: bool, early_labels: str = "drop") -> SplitRows:
    """The same rows once the test is over: what was learned from trains, what was tested calibrates."""
    part = (split.part == Part.TEST).astype(np.int8)
    limits = np.array([split.test_from, NEVER])
    kept, purged, weight = _cut(split.whole, limits[part], purge, early_labels)
    return replace(split, rows=kept, part=part, calibrate_from=split.test_from, purged=purged, weight=weight)


def _cut(
    rows: DecisionRows, limit: Ints, purge: bool, early_labels: str
) -> tuple[DecisionRows, int, Floats | None]:
    """The rows as they were known at ``limit``, how many responses that takes, and their weights."""
    if not purge:
        return rows, 0, None
    kept, purged = _purged(rows, limit)
    if early_labels == "drop":
        return kept, purged, None
    early, weight = weigh_early(rows, limit)
    taken = int(((early.response == UNKNOWN) & (rows.response != UNKNOWN)).sum())
    return replace(kept, response=early.response), taken, weight


def _purged(rows: DecisionRows, limit: Ints) -> tuple[DecisionRows, int]:
    """The rows without labels that were known after ``limit`` only, and how many responses that takes."""
    late = (rows.response_known_at > limit) & (rows.response != UNKNOWN)
    kept = replace(
        rows,
        response=np.where(late, UNKNOWN, rows.response).astype(np.int8),
        next_phase=np.where(rows.next_known_at > limit, UNKNOWN, rows.next_phase).astype(np.int32),
    )
    return kept, int(late.sum())


def random_split(rows: DecisionRows, rng: np.random.Generator) -> Parts:
    """Customers at random, 60, 10 and 30 %: a comparison with published figures, not a proof."""
    draw = rng.random(int(rows.customer.max()) + 1)[rows.customer]
    return ((draw >= 0.6).astype(np.int8) + (draw >= 0.7)).astype(np.int8)


def _instant(cut: float | datetime, times: Ints) -> int:
    if isinstance(cut, datetime):
        return round(cut.timestamp() * 1000)
    ascending = np.sort(times)
    return int(ascending[min(int(cut * len(ascending)), len(ascending) - 1)])


def _check(rows: DecisionRows, part: Parts) -> None:
    known = rows.response != UNKNOWN
    for wanted in (Part.TRAIN, Part.TEST):
        if not (known & (part == wanted)).any():
            raise TrainingDataError(
                f"the {wanted.name.lower()} part has no row whose response is known: expected some, got "
                f"{int((part == wanted).sum()):,} rows without. Move `split`, shorten the response windows "
                "of the journey file, or set `rows.early_labels: weigh`, `rows.purge: false` or "
                "`rows.immature: keep`."
            )

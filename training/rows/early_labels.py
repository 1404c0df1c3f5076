"""Censoring weights: answers that came early count without bias.

Before a cut, a decision's answer may have come although its window has not passed. To count such answers and
wait for the silence of the others would make every action look good; to leave all of them out loses most rows
where windows are long. Here an answer that took as long as ``t`` weighs as much less as decisions that could
be waited for until then are more than those whose whole window has passed. The weights of a phase and
treatment then add up, in expectation, to those of its decisions with a whole window, answers and silences
alike, but from more answers. How long each decision could be waited for is known, so nothing is estimated.

Horvitz and Thompson, 1952; Robins and Rotnitzky, "Recovery of information and adjustment for dependent
censoring using surrogate markers", 1992.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints, Mask
from training.rows.labels import NEVER
from training.rows.rows import UNKNOWN, DecisionRows


def weigh_early(rows: DecisionRows, limit: Ints) -> tuple[DecisionRows, Floats]:
    """Rows with the responses that were known at ``limit``, and how much each counts.

    Where no decision of a phase and treatment could be waited for in full, nothing of it is known.

    Args:
        limit: shape (n,). When the next part begins, the same for all rows of a part; ``NEVER`` for the last
            part, whose rows stay as they are.

    Returns:
        Rows, and weights of shape (n,): 1 for silence, less for answers, all of a phase and treatment in
        proportion to how much more they tell than decisions with a whole window alone.
    """
    response, weight = rows.response.copy(), np.ones(len(rows))
    ends = limit < NEVER
    window = _windows(rows)
    waited = np.where(ends, limit - rows.decided_at, 0)
    took = np.where(rows.responded_at <= limit, rows.responded_at - rows.decided_at, window)
    for group in _groups(rows, limit, ends):
        response[group], weight[group] = _weighed(
            waited[group], took[group], window[group], rows.responded_at[group] <= limit[group]
        )
    return replace(rows, response=response), weight


def _windows(rows: DecisionRows) -> Ints:
    """Response window of each row's treatment, the longest: at the log's end it may be cut short."""
    longest = np.zeros(int(rows.treatment.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(longest, rows.treatment, rows.response_known_at - rows.decided_at)
    return longest[rows.treatment]


def _groups(rows: DecisionRows, limit: Ints, ends: Mask) -> list[Ints]:
    """Positions of the rows of each part that ends, phase and treatment."""
    of = np.stack([limit, rows.phase, rows.treatment])[:, ends]
    code = np.unique(of, axis=1, return_inverse=True)[1].reshape(-1)
    order = np.argsort(code, kind="stable")
    first = np.flatnonzero(np.diff(code[order], prepend=-1))
    return np.split(np.flatnonzero(ends)[order], first[1:]) if len(order) else []


def _weighed(waited: Ints, took: Ints, window: Ints, answered: Mask) -> tuple[NDArray[np.int8], Floats]:
    """Responses and weights of one group."""
    ascending = np.sort(waited)
    long_enough = len(waited) - np.searchsorted(ascending, took)  # decisions waited for as long as this one
    whole = len(waited) - int(np.searchsorted(ascending, window[0]))
    known = answered | (waited >= window)
    if not whole:
        return np.full(len(waited), UNKNOWN, dtype=np.int8), np.ones(len(waited))
    response = np.where(known, answered, UNKNOWN).astype(np.int8)
    weight = np.where(known, whole / np.maximum(long_enough, 1), 1.0)
    return response, weight * _worth(weight[known & answered], int((known & ~answered).sum()))


def _worth(answers: Floats, silences: int) -> float:
    """How much more the group tells than its weights add up to, by the variance of its log-odds."""
    if not len(answers) or not silences:
        return 1.0
    total, square = answers.sum(), (answers**2).sum()
    return float((1.0 / total + 1.0 / silences) / (square / total**2 + 1.0 / silences))

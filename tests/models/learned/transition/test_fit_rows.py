"""Rows with a known next phase keep their features by position, and are early unless all are later."""

from __future__ import annotations

import numpy as np

from models.learned.transition.fit_rows import early_rows, known_rows


def rows(later: list[bool], next_phase: list[int]):  # type: ignore[no-untyped-def]
    n = len(later)
    x = np.arange(n, dtype=np.float32)[:, None]
    return known_rows(
        x,
        np.arange(n),
        np.zeros(n, int),
        np.zeros(n, int),
        np.array(next_phase),
        np.arange(n),
        np.array(later),
        2,
    )


def test_rows_without_a_next_phase_are_left_out_and_features_stay_with_their_rows() -> None:
    known = rows([False, False, True, True], [0, -1, 1, 0])

    assert known.customer.tolist() == [0, 2, 3]
    assert known.take(np.array([False, True, True])).features(np.array([1])).tolist() == [[3.0]]


def test_early_rows_are_those_before_the_later_time() -> None:
    assert early_rows(rows([False, True], [0, 0])).customer.tolist() == [0]
    assert len(early_rows(rows([True, True], [0, 0]))) == 2, "a log that has later rows only"

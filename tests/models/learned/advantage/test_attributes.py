"""Attributes as effects see them."""

from __future__ import annotations

import numpy as np

from models.learned.advantage.attributes import AttributeColumns


def test_numbers_are_standardised_and_words_told_apart() -> None:
    """The first is a number with mean 40 and spread 10; the second asks for word 2 of a column."""
    columns = AttributeColumns(
        position=np.array([0, 1]),
        code=np.array([-1, 2]),
        mean=np.array([40.0, 0.5]),
        spread=np.array([10.0, 0.5]),
    )
    x = np.array([[50.0, 2.0], [40.0, 1.0], [np.nan, np.nan]], dtype=np.float32)

    assert columns.read(x).tolist() == [[1.0, 1.0], [0.0, -1.0], [0.0, 0.0]]


def test_what_is_far_out_counts_as_five_spreads() -> None:
    columns = AttributeColumns(
        position=np.array([0]), code=np.array([-1]), mean=np.array([0.0]), spread=np.array([1.0])
    )

    assert columns.read(np.array([[1e6]], dtype=np.float32)).tolist() == [[5.0]]

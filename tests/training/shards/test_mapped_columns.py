"""Columns in files are what was put into them, also after their memory was given back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.arrays import Ints
from training.shards.mapped_columns import MappedColumns


def of_buckets(*buckets: dict[str, Any]) -> Callable[[int, Ints | slice], dict[str, Any]]:
    return lambda number, rows: {name: array[rows] for name, array in buckets[number].items()}


@pytest.mark.parametrize("block_bytes", [1, 40, 10**6])
def test_rows_stand_at_their_places_and_survive_a_release(tmp_path: Path, block_bytes: int) -> None:
    mapped = MappedColumns(tmp_path, 5)
    read = of_buckets(
        {"x": np.array([[1.0, 2.0], [3.0, 4.0]]), "none": np.zeros((2, 0)), "flag": np.array([True, False])},
        {"x": np.ones((3, 2)), "none": np.zeros((3, 0)), "flag": np.array([False, True, True])},
        {"x": np.ones((0, 2)), "none": np.zeros((0, 0)), "flag": np.array([], dtype=bool)},
    )
    places = [np.array([4, 0]), np.array([1, 2, 3]), np.array([], dtype=np.int64)]

    columns = mapped.fill(places, read, block_bytes)
    before = columns["x"].tolist()
    mapped.release()

    assert before == [[3.0, 4.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 2.0]]
    assert columns["x"].tolist() == before
    assert columns["flag"].tolist() == [False, False, True, True, True]
    assert columns["none"].shape == (5, 0)


def test_buckets_without_a_row_give_empty_columns(tmp_path: Path) -> None:
    mapped = MappedColumns(tmp_path, 0)
    read = of_buckets({"x": np.zeros((0, 2), dtype=np.float32)})

    column = mapped.fill([np.array([], dtype=np.int64)], read)["x"]

    assert (column.shape, column.dtype) == ((0, 2), np.float32)


def test_nobody_can_write_what_a_release_would_forget(tmp_path: Path) -> None:
    mapped = MappedColumns(tmp_path, 1)

    with pytest.raises(ValueError, match="read-only"):
        mapped.fill([np.array([0])], of_buckets({"x": np.array([1.0])}))["x"][0] = 2.0

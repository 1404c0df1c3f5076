"""Columns in files are what was put into them, also after their memory was given back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.shards.mapped_columns import MappedColumns


def test_rows_stand_at_their_places_and_survive_a_release(tmp_path: Path) -> None:
    mapped = MappedColumns(tmp_path, 5)
    mapped.put(np.array([4, 0]), {"x": np.array([[1.0, 2.0], [3.0, 4.0]]), "none": np.zeros((2, 0))})
    mapped.put(np.array([1, 2, 3]), {"x": np.ones((3, 2)), "none": np.zeros((3, 0))})

    columns = mapped.columns()
    before = columns["x"].tolist()
    mapped.release()

    assert before == [[3.0, 4.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 2.0]]
    assert columns["x"].tolist() == before
    assert columns["none"].shape == (5, 0)


def test_nobody_can_write_what_a_release_would_forget(tmp_path: Path) -> None:
    mapped = MappedColumns(tmp_path, 1)
    mapped.put(np.array([0]), {"x": np.array([1.0])})

    with pytest.raises(ValueError, match="read-only"):
        mapped.columns()["x"][0] = 2.0

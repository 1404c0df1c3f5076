"""Files of the work folder are whole or not there, in a local folder and in one that fsspec knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from models.errors import TrainingConfigError
from training.shards.work_folder import WorkFolder


@pytest.fixture(params=["local", "fsspec"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> WorkFolder:
    if request.param == "local":
        return WorkFolder(str(tmp_path / "work"))
    pytest.importorskip("fsspec")
    return WorkFolder(f"memory://{tmp_path.name}")


def test_what_is_written_is_read(folder: WorkFolder) -> None:
    arrays = {
        "x": np.arange(3),
        "rows.y": np.array([0.1]),
        "none": np.zeros((0, 2), np.float32),
        "across": np.arange(6, dtype=np.int8).reshape(2, 3).T,
        "flag": np.array([True, False]),
    }
    folder.write_arrays("a.arrays", arrays)
    folder.write_table("t.arrow", pa.table({"id": ["a", None]}))

    read = folder.read_arrays("a.arrays")
    assert [*read] == [*arrays]
    for name, array in arrays.items():
        assert (read[name].dtype, read[name].shape) == (array.dtype, array.shape)
        assert read[name].tolist() == array.tolist()
    assert folder.read_table("t.arrow").column("id").to_pylist() == ["a", None]


def test_a_second_writing_replaces_the_first(folder: WorkFolder) -> None:
    """A task that is run again leaves what it left before."""
    folder.write("a", b"first")
    folder.write("a", b"second")

    assert folder.read("a") == b"second"


def test_what_was_removed_is_not_there(folder: WorkFolder) -> None:
    folder.write("a", b"1")
    folder.remove()

    with pytest.raises(OSError, match="a"):
        folder.read("a")


def test_a_file_system_that_is_not_installed_is_named_with_its_remedy() -> None:
    with pytest.raises(TrainingConfigError, match=r"nowhere://x.*\[cloud\]"):
        WorkFolder("nowhere://x").read("a")

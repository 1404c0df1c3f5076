"""A barrier stage grows the trees of one process, and a lost machine only costs time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.learned.trees.network import IN_THREADS, Share, grow_together
from training.shards.work_folder import WorkFolder
from training.spark import barrier
from training.spark.barrier import BarrierStage

N = 1_200
SETTINGS = {
    "max_bin": 31, "deterministic": True, "force_row_wise": True, "feature_pre_filter": False,
    "num_threads": 1, "seed": 3, "verbosity": -1, "objective": "binary", "num_class": 1,
    "boost_from_average": False, "learning_rate": 0.1, "num_leaves": 7, "min_data_in_leaf": 20,
}  # fmt: skip


def grown(network: Any) -> str:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, 4)).astype(np.float32)
    label = (x[:, 0] + rng.normal(size=N) > 0).astype(np.int64)
    return grow_together(
        network,
        lambda rows: x[rows],
        np.arange(N),
        label=label,
        start=np.zeros(N),
        names=["a", "b", "c", "d"],
        categorical=[],
        settings=SETTINGS,
        iterations=5,
    )


def test_a_barrier_stage_grows_the_trees_of_one_process(spark: Any, tmp_path: Path) -> None:
    work = WorkFolder(str(tmp_path / "trees"))

    assert grown(BarrierStage(spark, work, 2)) == grown(IN_THREADS)
    assert not (tmp_path / "trees").exists(), "what machines worked on is removed"


class DiesOnce(WorkFolder):
    """A work folder of which one machine dies when it reads it first."""

    def read(self, name: str) -> bytes:
        marker = Path(self.url).parent / "died"
        if name == "share-00001.npz" and not marker.exists():
            marker.touch()
            raise SystemExit(1)
        return WorkFolder(self.url).read(name)


def test_a_machine_that_dies_makes_the_stage_run_again(spark: Any, tmp_path: Path) -> None:
    stage = BarrierStage(spark, DiesOnce(str(tmp_path / "trees")), 2)

    assert grown(stage) == grown(IN_THREADS)
    assert (tmp_path / "died").exists()


def test_a_share_is_read_by_its_rank(tmp_path: Path) -> None:
    """What a task reads is what the driver wrote for it."""
    work = WorkFolder(str(tmp_path))
    share = Share(
        x=np.ones((1, 1), np.float32), label=np.array([1]), start=np.zeros(1), names=("a",), categorical=(),
        weight=np.empty(0),
        settings={}, iterations=1, bins=b"",
    )  # fmt: skip
    work.write("share-00000.npz", share.to_bytes())

    assert Share.from_bytes(work.read("share-00000.npz")).label.tolist() == [1]
    assert barrier.BarrierStage.__doc__

"""Loads a dataset bucket after bucket, rows and features included."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from training.config import TrainingConfig
from training.fit.fit import chosen_estimators, tree_parameters
from training.run.dataset import Dataset, MadeRows
from training.run.inputs import read_journey
from training.run.progress import Progress
from training.shards.assemble import gather
from training.shards.bucket import Task
from training.shards.engine import Buckets
from training.shards.plan import make_plan
from training.shards.work_folder import WorkFolder


def load_in_buckets(
    config: TrainingConfig, data: str, progress: Progress, buckets: Buckets, seed: int
) -> Dataset:
    """Read, check, and turn into rows and features; only one bucket is in memory at a time.

    The files are gone at the end; what is mapped of them stays as long as somebody looks at it.

    Args:
        data: the folder, or the URL for a cluster, that the sources of ``config`` lie in.
        seed: of the moments that are drawn.

    Raises:
        NBAError: a file or a setting is wrong, or there is nothing to learn from.
    """
    tree_parameters(config)  # a wrong size is told before anything is read
    chosen_estimators(config)
    _, journey_bytes = read_journey(config)
    buckets.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=buckets.scratch) as name:
        scratch = Path(name)
        task = Task(
            journey_bytes=journey_bytes,
            config=config,
            work=buckets.work or WorkFolder(str(scratch / "work")),
            buckets=buckets.count,
        )
        try:
            with progress.stage("load and check") as stage:
                censuses = buckets.engine.censuses(task, data, scratch / "tables")
                stage.rows = sum(sum(census.rows_read.values()) for census in censuses)
            with progress.stage("features"):
                plan, places = make_plan(task, censuses, seed)
                buckets.engine.features(task, plan)
            with progress.stage("gather") as stage:
                gathered = gather(task, plan, places, censuses, scratch / "mapped")
                stage.rows = len(gathered.prepared.rows)
        finally:
            task.work.remove()
    return Dataset(
        config=config,
        journey=gathered.journey,
        journey_bytes=journey_bytes,
        validated=gathered.validated,
        key=gathered.fingerprint,
        made=MadeRows(
            prepared=gathered.prepared,
            seed=seed,
            fingerprint=gathered.fingerprint,
            network=buckets.network,
            mapped=gathered.mapped,
        ),
    )

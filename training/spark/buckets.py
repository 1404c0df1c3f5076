"""What ``nba train --engine spark`` works with, put together."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from models.errors import TrainingConfigError
from training.shards.engine import Buckets
from training.shards.work_folder import WorkFolder
from training.spark.barrier import BarrierStage
from training.spark.cluster import Cluster
from training.spark.session import is_local, open_session

_LEAST_BUCKETS = 8


def spark_buckets(
    *, master: str | None, work: str | None, machines: int | None, count: int | None, scratch: Path
) -> Buckets:
    """Buckets on Spark.

    Args:
        master: such as ``local[2]`` or ``spark://host:7077``; None: the session that there is.
        work: folder or URL that all workers see; None: one in ``scratch``, where all are on this machine.
        machines: that grow trees together; None: as many as there are cores, at least two.
        count: of buckets; None: four a core.
        scratch: a folder of this machine.

    Raises:
        TrainingConfigError: Spark does not start, or workers on other machines see no common folder.
    """
    session = open_session(master)
    if work is None and not is_local(session):
        raise TrainingConfigError(
            "the workers are on other machines: name a folder that all of them see, such as --work s3://bucket/nba."
        )
    cores = int(session.sparkContext.defaultParallelism)
    root, run = work or str(scratch / "spark"), uuid4().hex[:12]
    return Buckets(
        count=count or max(4 * cores, _LEAST_BUCKETS),
        engine=Cluster(session),
        scratch=scratch,
        work=WorkFolder(f"{root}/{run}-buckets"),
        network=BarrierStage(session, WorkFolder(f"{root}/{run}-trees"), max(machines or cores, 2)),
    )

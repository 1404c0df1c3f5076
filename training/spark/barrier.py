"""Trees grown by a Spark cluster, as one barrier stage.

All tasks of the stage start together and find each other by Spark's barrier; if one fails, the whole stage
runs again. What each works on lies in the work folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from models.learned.trees.network import NetworkTrainingError, Share, free_ports, grow_share
from training.shards.work_folder import WorkFolder

ATTEMPTS: Final = 3


class BarrierStage:
    """A network of Spark tasks.

    Args:
        work: a folder that all workers see; used while trees are grown, then removed.
        machines: how many tasks; each needs a free core at the same time.
    """

    def __init__(self, session: Any, work: WorkFolder, machines: int) -> None:
        self._session = session
        self._work = work
        self.machines = machines

    def grow(self, shares: Sequence[Share]) -> list[str]:
        """LightGBM's text of each machine.

        Raises:
            NetworkTrainingError: the cluster has too few free cores, or the stage failed time and again.
        """
        work = self._work
        for rank, share in enumerate(shares):
            work.write(f"share-{rank:05}.npz", share.to_bytes())
        numbers = self._session.range(0, len(shares), 1, len(shares))

        def grow(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for _ in batches:
                rank, text = _one_machine(work)
                yield pa.record_batch({"rank": pa.array([rank], pa.int64()), "text": pa.array([text])})

        stage = numbers.mapInArrow(grow, "rank long, text string", barrier=True)
        try:
            told = _patiently(stage.collect, len(shares))
        finally:
            work.remove()
        return [text for _, text in sorted((row["rank"], row["text"]) for row in told)]


def _patiently(collect: Callable[[], list[Any]], machines: int) -> list[Any]:
    """A stage that lost a machine runs again, from the beginning: its result is the same."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return collect()
        except (Py4JJavaError, PySparkException) as error:
            if attempt == ATTEMPTS:
                reason = " ".join(str(error).split())[:400]
                raise NetworkTrainingError(
                    f"the stage that grows trees failed {ATTEMPTS} times: {reason}. It needs {machines} free "
                    "cores at once."
                ) from error
    raise NetworkTrainingError("no attempt was made")


def _one_machine(work: WorkFolder) -> tuple[int, str]:
    """One task's part; its rank and what it grew."""
    from pyspark import BarrierTaskContext

    context = BarrierTaskContext.get()
    rank = context.partitionId()
    host = context.getTaskInfos()[rank].address.rpartition(":")[0] or context.getTaskInfos()[rank].address
    machines = context.allGather(f"{_ip(host)}:{free_ports(1)[0]}")
    return rank, grow_share(Share.from_bytes(work.read(f"share-{rank:05}.npz")), machines, rank)


def _ip(host: str) -> str:
    """LightGBM knows a machine by the address of one of its interfaces."""
    import socket

    return socket.gethostbyname(host)

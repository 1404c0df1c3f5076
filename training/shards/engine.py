"""What works on buckets: this process, or a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from models.learned.trees.network import IN_THREADS, Network
from training.shards.bucket import Census, Plan, Task
from training.shards.work_folder import WorkFolder


class BucketEngine(Protocol):
    """Carries out what is to be done with each bucket."""

    def censuses(self, task: Task, data: str, scratch: Path) -> list[Census]:
        """Split the tables into buckets and check each; in the order of the buckets.

        Args:
            data: the folder or URL that the sources' patterns are relative to.
            scratch: a folder of this machine for what is needed on the way.
        """
        ...

    def features(self, task: Task, plan: Plan) -> None:
        """Rows and features of every bucket, into the work folder."""
        ...

    def table(self, data: str, name: str) -> Any:
        """A whole exported table that is none of the four, as Arrow; None: it is not there."""
        ...

    def each(self, work: Callable[[int], bytes], buckets: int) -> list[bytes]:
        """What ``work`` says of every bucket; it travels to where the bucket is worked on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """How a training is cut.

    Attributes:
        count: of buckets. One is in memory at a time on each machine.
        engine: works on them.
        scratch: a folder of this machine; what is mapped into memory lies there while the training runs.
        work: a folder that all workers see; None: one in ``scratch``.
        network: grows trees where ``trees.networked``.
    """

    count: int
    engine: BucketEngine
    scratch: Path
    work: WorkFolder | None = None
    network: Network = IN_THREADS

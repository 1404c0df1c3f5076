"""A driver whose executors are processes of their own, some of which are killed while they work.

Run as ``python on_a_cluster.py TABLES CONFIG BATCH OUT WORK``; tells as JSON what came of it. One program
does it all, as a cluster takes long to start.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import fsspec

from models.registry import Registry
from training import api
from training.batch.command import EXPORTED, decide_on_tables
from training.batch.prepared import Run
from training.batch.requests import Mailing
from training.batch.run import decide_audience
from training.config import read_config
from training.shards.bucket import Task
from training.shards.engine import Buckets
from training.shards.work_folder import WorkFolder
from training.spark.barrier import BarrierStage
from training.spark.buckets import spark_buckets
from training.spark.cluster import Cluster
from training.spark.session import open_session

MASTER: Final = "local-cluster[2,1,1024]"
AUDIENCE: Final = [f"c{number}" for number in range(0, 600, 5)]
AT: Final = datetime(2026, 5, 2, 9, tzinfo=UTC)
KILLING: Final = frozenset(
    {
        *("write rows-00001.arrays", "read share-00001.npz", "write first-00001.arrow"),
        "write decisions/mail-7-00002.parquet",  # of the second pass
    }
)


class KillsOnce(WorkFolder):
    """A work folder; the first task to touch a file of one kind has its executor killed (SIGKILL)."""

    def write(self, name: str, *parts: Any) -> None:
        self._kill("write", name)
        WorkFolder(self.url).write(name, *parts)

    def read(self, name: str) -> bytes:
        self._kill("read", name)
        return WorkFolder(self.url).read(name)

    def _kill(self, verb: str, name: str) -> None:
        import os
        from pathlib import Path

        if f"{verb} {name}" not in KILLING or (executor := self._executor()) is None:
            return
        try:
            marker = os.open(
                f"{self.url.rstrip('/')}-killed-{name.replace('/', '-')}", os.O_CREAT | os.O_EXCL
            )
        except FileExistsError:
            return
        os.close(marker)
        assert b"CoarseGrainedExecutorBackend" in Path(f"/proc/{executor}/cmdline").read_bytes()
        os.kill(executor, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def _executor(self) -> int | None:
        """The Java process that this one works for; None: it is none of an executor's."""
        import os
        from pathlib import Path

        process = os.getpid()
        while process > 1:
            if b"CoarseGrainedExecutorBackend" in Path(f"/proc/{process}/cmdline").read_bytes():
                return process
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        return None


def trained(tables: Path, config: Path, folder: Path, buckets: Buckets | None) -> str:
    """The hash of the bundle."""
    dataset = api.load_tables(tables, config, buckets=buckets, seed=3)
    result = api.train(dataset, folder / "registry", seed=3)
    return str(result.manifest.content_sha256)


def killed(folder: Path) -> list[str]:
    return sorted(path.name.partition("-killed-")[2] for path in folder.glob("*-killed-*"))


def main(tables: Path, config: Path, batch: Path, out: Path, work: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    fsspec.filesystem("s3").mkdir(work.removeprefix("s3://").partition("/")[0])
    plain = spark_buckets(master=MASTER, work=work, machines=2, count=4, scratch=out / "plain")
    told["trained"] = trained(tables, config, out / "plain", plain)

    session = open_session(MASTER)
    session.sparkContext.setLogLevel("ERROR")
    told["executors"] = session.sparkContext.defaultParallelism
    losing = Buckets(
        count=4,
        engine=Cluster(session),
        scratch=out / "losing",
        work=KillsOnce(str(out / "rows")),
        network=BarrierStage(session, KillsOnce(str(out / "trees")), 2),
    )
    told["trained_losing"] = trained(tables, config, out / "losing", losing)

    registry = batch / "registry"
    shelf = Registry(registry)
    bundle = shelf.path(str(shelf.champion()))
    task = Task(
        journey_bytes=(bundle / "journey.yaml").read_bytes(),
        config=read_config(EXPORTED).with_journey(bundle / "journey.yaml"),
        work=KillsOnce(str(out / "batch")),
        buckets=4,
    )
    decide_audience(
        Cluster(session),
        Run(task=task, bundle=bundle, mailing=Mailing(run_id="mail-7", channel="email", decided_at=AT)),
        data=str(batch / "tables"),
        audience=AUDIENCE,
        out=KillsOnce(str(out / "decided_losing")),
        scratch=out / "decided_scratch",
    )
    decide_on_tables(
        engine="spark", registry=registry, data=str(batch / "tables"), audience=AUDIENCE, channel="email",
        at=AT, run_id="mail-7", out=str(out / "decided"), master=MASTER, shards=3, scratch=out / "scratch",
    )  # fmt: skip
    told["batch"] = {"audience": AUDIENCE, "at": AT.isoformat()}
    told["killed"] = killed(out)
    session.stop()
    return told


if __name__ == "__main__":
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    *folders, work_url = sys.argv[1:]
    sys.stdout.write(f"{json.dumps(main(*map(Path, folders), work_url))}\n")

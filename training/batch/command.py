"""The commands ``nba decide --audience`` and ``nba next`` over tables.

The service finds it by its entry point, as it never imports ``training``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from models.bundle.contents import JOURNEY_FILE
from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.policy.batch.worklist import Worklist
from models.registry import Registry
from training.batch.listing import list_contacts
from training.batch.prepared import Run
from training.batch.requests import Mailing
from training.batch.run import BatchResult, decide_audience
from training.config import read_config
from training.shards.bucket import Task
from training.shards.engine import BucketEngine, Buckets
from training.shards.one_machine import OneMachine
from training.shards.work_folder import WorkFolder
from training.spark.buckets import spark_buckets

EXPORTED: Final = Path(__file__).parents[1] / "exported.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where a run's tables are, and what works on them.

    Attributes:
        engine: ``shards`` or ``spark``.
        registry: whose champion decides.
        data: folder or URL of exported tables.
        master, work: of Spark; see ``spark_buckets``.
        shards: how many buckets; None: as the engine likes.
        scratch: a folder of this machine; None: next to the registry.
    """

    engine: str
    registry: Path
    data: str
    master: str | None = None
    work: str | None = None
    shards: int | None = None
    scratch: Path | None = None


def decide_on_tables(
    *, audience: list[str], channel: str, at: datetime, run_id: str, out: str, **tables: Any
) -> BatchResult:
    """Decide with the champion for everybody of an audience, from exported tables.

    Args:
        tables: fields of ``Tables``.

    Raises:
        TrainingConfigError: the registry has no champion.
        NBAError: tables, bundle or names are wrong.
    """
    where = Tables(**tables)
    with _opened(where, channel, at, run_id) as (engine, run, scratch):
        return decide_audience(
            engine,
            run,
            data=where.data,
            audience=[*dict.fromkeys(audience)],
            out=WorkFolder(out),
            scratch=scratch,
        )


def contacts_on_tables(*, channel: str, most: int, at: datetime, **tables: Any) -> Worklist:
    """The ``most`` customers whose contact on a channel gains most, by the champion, from exported tables.

    Args:
        tables: fields of ``Tables``.

    Raises:
        TrainingConfigError: the registry has no champion.
        NBAError: tables, bundle or names are wrong.
    """
    where = Tables(**tables)
    with _opened(where, channel, at, "next") as (engine, run, scratch):
        return list_contacts(engine, run, data=where.data, most=most, scratch=scratch)


@contextmanager
def _opened(
    tables: Tables, channel: str, at: datetime, run_id: str
) -> Iterator[tuple[BucketEngine, Run, Path]]:
    """The engine, the run, and a folder for what is needed on the way; what was worked on is removed."""
    shelf = Registry(tables.registry)
    champion = shelf.champion()
    if champion is None:
        raise TrainingConfigError(
            f"{tables.registry} has no champion; train one, or promote one with `nba promote`."
        )
    mailing = Mailing(run_id=run_id, channel=_known(channel, shelf.load(champion).journey), decided_at=at)
    own = tables.registry.parent / "scratch" if tables.scratch is None else tables.scratch
    own.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=own) as name:
        if tables.engine == "spark":
            buckets = spark_buckets(
                master=tables.master, work=tables.work, machines=None, count=tables.shards, scratch=own
            )
        else:
            buckets = Buckets(count=tables.shards or 8, engine=OneMachine(), scratch=own)
        task = Task(
            journey_bytes=(shelf.path(champion) / JOURNEY_FILE).read_bytes(),
            config=replace(read_config(EXPORTED), journey=f"the journey file of bundle {champion}"),
            work=buckets.work or WorkFolder(f"{name}/work"),
            buckets=buckets.count,
        )
        try:
            run = Run(task=task, bundle=shelf.path(champion), mailing=mailing)
            yield buckets.engine, run, Path(name) / "tables"
        finally:
            task.work.remove()


def _known(channel: str, journey: Journey) -> str:
    if channel not in journey.channel_index:
        names = ", ".join(journey.channel_index)
        raise TrainingConfigError(f"--channel: expected one of {names}, got {channel!r}.")
    return channel

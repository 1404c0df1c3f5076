"""``nba decide --audience … --engine``: from options to a run.

The service finds it by its entry point, as it never imports ``training``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from models.bundle.contents import JOURNEY_FILE
from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.registry import Registry
from training.batch.requests import Mailing
from training.batch.run import BatchResult, decide_audience
from training.config import read_config
from training.shards.bucket import Task
from training.shards.engine import Buckets
from training.shards.one_machine import OneMachine
from training.shards.work_folder import WorkFolder
from training.spark.buckets import spark_buckets

EXPORTED: Final = Path(__file__).parents[1] / "exported.yaml"


def decide_on_tables(
    *,
    engine: str,
    registry: Path,
    data: str,
    audience: list[str],
    channel: str,
    at: datetime,
    run_id: str,
    out: str,
    master: str | None = None,
    work: str | None = None,
    shards: int | None = None,
    scratch: Path | None = None,
) -> BatchResult:
    """Decide with the champion for everybody of an audience, from exported tables.

    Raises:
        TrainingConfigError: the registry has no champion, or its journey has accounts.
        NBAError: tables, bundle or names are wrong.
    """
    shelf = Registry(registry)
    champion = shelf.champion()
    if champion is None:
        raise TrainingConfigError(
            f"{registry} has no champion; train one, or promote one with `nba promote`."
        )
    bundle = shelf.load(champion)
    if bundle.journey.accounts is not None:
        raise TrainingConfigError(
            "tables: expected a journey without accounts, got one with them: a bucket holds whole customers, "
            "not whole accounts, so limits of an account would not hold. Decide with --engine service."
        )
    own = registry.parent / "scratch" if scratch is None else scratch
    own.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=own) as name:
        if engine == "spark":
            buckets = spark_buckets(master=master, work=work, machines=None, count=shards, scratch=own)
        else:
            buckets = Buckets(count=shards or 8, engine=OneMachine(), scratch=own)
        config = replace(read_config(EXPORTED), journey=f"the journey file of bundle {champion}")
        task = Task(
            journey_bytes=(shelf.path(champion) / JOURNEY_FILE).read_bytes(),
            config=config,
            work=buckets.work or WorkFolder(f"{name}/work"),
            buckets=buckets.count,
        )
        try:
            return decide_audience(
                buckets.engine,
                task,
                bundle=shelf.path(champion),
                data=data,
                audience=[*dict.fromkeys(audience)],
                mailing=Mailing(run_id=run_id, channel=_known(channel, bundle.journey), decided_at=at),
                out=WorkFolder(out),
                scratch=Path(name) / "tables",
            )
        finally:
            task.work.remove()


def _known(channel: str, journey: Journey) -> str:
    if channel not in journey.channel_index:
        names = ", ".join(journey.channel_index)
        raise TrainingConfigError(f"--channel: expected one of {names}, got {channel!r}.")
    return channel

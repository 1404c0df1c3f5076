"""Prepares a run over tables that lie in buckets.

Bundle, audience and accounts go into the work folder: what every task of a run reads, and what the day has
left. Knows where things lie; decides nothing.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.bundle import load_bundle
from models.domain.history import DAY_MS, to_ms
from models.policy.batch.capacity import local_day, scarce
from models.policy.batch.deliverable import configurators_used
from models.policy.engine import Engine
from models.policy.rehearsal.shadow_prices import priced
from training.batch.availability import TABLE, keep_availability, read_availability
from training.batch.bucket import Bucket
from training.batch.requests import Mailing
from training.data.encode import milliseconds
from training.shards.bucket import Census, Task, read_tables_of
from training.shards.engine import BucketEngine
from training.shards.work_folder import WorkFolder

_BUNDLE: Final = "bundle.tar"
_DAY_OF: Final = 2 * DAY_MS
"""No day of a company's calendar is that far from a moment of it, in ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every task of a run needs; travels to other machines.

    ``bundle``: the folder of the bundle that decides, on the machine that starts the run.
    """

    task: Task
    bundle: Path
    mailing: Mailing

    def audience(self, bucket: int) -> list[str]:
        """Ids of those to decide for in a bucket."""
        table = self.task.work.read_table(f"audience-{bucket:05}.arrow")
        ids: list[str] = table.column(0).to_pylist()
        return ids


def prepare_run(
    engine: BucketEngine, run: Run, data: str, scratch: Path, audience: Sequence[str] | None
) -> None:
    """Split and check the tables, and put into the work folder what tasks read.

    Args:
        audience: ids; None: everybody with a profile.
    """
    run.task.work.write(_BUNDLE, _packed(run.bundle))
    censuses = engine.censuses(run.task, data, scratch)
    if audience is None:
        _everybody(run.task, censuses)
    else:
        _share_out(run.task, censuses, audience)
    journey = run.task.journey()
    if journey.accounts is not None:
        _split_accounts(run.task, engine.table(data, "accounts"))
    if configurators_used(journey):
        keep_availability(run.task.work, engine.table(data, TABLE))


def bucket_of(run: Run, bucket: int) -> Bucket:
    """The customers of a bucket."""
    tables, journey = read_tables_of(run.task, bucket), run.task.journey()
    accounts = _accounts(run.task, bucket) if journey.accounts is not None else {}
    availability = read_availability(run.task.work) if configurators_used(journey) else None
    return Bucket(tables, journey, accounts, availability)


def contacts_left(engine: BucketEngine, run: Run) -> dict[str, int]:
    """Channel → contacts that the run's day has left after all other decisions of that day."""
    most = scarce(run.task.journey())
    if not most:
        return {}
    used = [json.loads(told) for told in engine.each(_Used(run, tuple(most)), run.task.buckets)]
    return {channel: max(room - sum(each[channel] for each in used), 0) for channel, room in most.items()}


@lru_cache(maxsize=1)
def engine_of(work: WorkFolder) -> Engine:
    """The engine of the bundle in the work folder; a worker loads it once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bundle"
        with tarfile.open(fileobj=io.BytesIO(work.read(_BUNDLE))) as file:
            file.extractall(folder, filter="data")
        bundle = load_bundle(folder)
    journey = priced(bundle.journey, bundle.manifest.provenance.extra)
    return Engine(journey, bundle.models, bundle.manifest.bundle_id, trained=bundle.journey)


@dataclass(frozen=True, slots=True)
class _Used:
    """Contacts of the run's day that others have on scarce channels, of one bucket."""

    run: Run
    channels: tuple[str, ...]

    def __call__(self, bucket: int) -> bytes:
        journey, moment = self.run.task.journey(), to_ms(self.run.mailing.decided_at)
        rows = self.run.task.work.read_table(f"decisions-{bucket:05}.arrow")
        decided = milliseconds(rows.column("decided_at"))
        rows = rows.take(pa.array(np.flatnonzero(np.abs(decided - moment) < _DAY_OF)))
        ours = pc.starts_with(rows.column("decision_id"), self.run.mailing.decision_id(""))
        rows = rows.filter(pc.invert(ours))
        day = local_day(journey, moment)
        days = [local_day(journey, at) == day for at in milliseconds(rows.column("decided_at")).tolist()]
        channels = rows.filter(pa.array(days, pa.bool_())).column("channel").to_pylist()
        return json.dumps({channel: channels.count(channel) for channel in self.channels}).encode()


def _share_out(task: Task, censuses: Sequence[Census], audience: Sequence[str]) -> None:
    """Each customer to the bucket that has their rows; those without any to the first."""
    left = dict.fromkeys(audience)
    own: list[list[str]] = []
    for census in censuses:
        own.append([customer for customer in _ids(task, census) if customer in left])
        for customer in own[-1]:
            del left[customer]
    own[0] += left
    for census, customers in zip(censuses, own, strict=True):
        _write_audience(task, census.bucket, pa.array(customers, pa.string()))


def _everybody(task: Task, censuses: Sequence[Census]) -> None:
    """Customers with a row of their own; those who are only known by what they did stand behind them."""
    for census in censuses:
        ids = _ids(task, census)
        own = ids[: len(ids) - census.customers_made]
        _write_audience(task, census.bucket, pa.array(own, pa.string()))


def _ids(task: Task, census: Census) -> list[str]:
    ids: list[str] = (
        task.work.read_table(f"customers-{census.bucket:05}.arrow").column("customer_id").to_pylist()
    )
    return ids


def _write_audience(task: Task, bucket: int, ids: Any) -> None:
    task.work.write_table(f"audience-{bucket:05}.arrow", pa.table({"customer_id": ids}))


def _split_accounts(task: Task, accounts: Any) -> None:
    """What is known of each bucket's accounts themselves; ``accounts`` None: nothing is."""
    known = pa.table({"account_id": pa.array([], pa.string()), "attributes": pa.array([], pa.string())})
    if accounts is not None:
        known = accounts.select(["account_id", "attributes"]).cast(known.schema)
    for bucket in range(task.buckets):
        own = task.work.read_table(f"customers-{bucket:05}.arrow").column("account_id")
        rows = known.filter(pc.is_in(known.column("account_id"), value_set=own.combine_chunks()))
        task.work.write_table(f"accounts-{bucket:05}.arrow", rows)


def _accounts(task: Task, bucket: int) -> Mapping[str, Mapping[str, object]]:
    rows = task.work.read_table(f"accounts-{bucket:05}.arrow").to_pylist()
    return {row["account_id"]: json.loads(row["attributes"] or "{}") for row in rows}


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for path in sorted(folder.iterdir()):
            file.add(path, path.name)
    return buffer.getvalue()

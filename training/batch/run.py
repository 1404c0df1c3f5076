"""Decisions for an audience, bucket by bucket.

Two passes: decide for everybody, share out scarce contacts by price, decide again for those who lost. What a
run writes depends on its id, its tables and its bundle alone, so a run that broke off is run again.
"""

from __future__ import annotations

import io
import pickle
import tarfile
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models.bundle import load_bundle
from models.policy.engine import Engine
from models.policy.rehearsal.shadow_prices import priced
from training.batch.capacity import Wish, losers, rooms_of
from training.batch.deciding import first_pass, second_pass
from training.batch.requests import Mailing
from training.shards.bucket import Census, Task, read_tables_of
from training.shards.engine import BucketEngine
from training.shards.work_folder import WorkFolder

_BUNDLE = "bundle.tar"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What a run gave. ``prices``: EUR of each channel that was full."""

    decisions: int
    actions: Counter[str]
    moved: int
    prices: dict[str, float]


@dataclass(frozen=True, slots=True)
class _FirstPass:
    """Of one bucket; keeps its decisions and gives what is wanted on scarce channels."""

    task: Task
    mailing: Mailing

    def __call__(self, bucket: int) -> bytes:
        work = self.task.work
        tables, audience = read_tables_of(self.task, bucket), _audience(self.task, bucket)
        decided = first_pass(_engine(work), tables, audience, self.mailing)
        work.write_table(f"first-{bucket:05}.arrow", decided.table)
        return pickle.dumps(decided.wishes)


@dataclass(frozen=True, slots=True)
class _SecondPass:
    """Of one bucket; writes its decisions and counts them by action."""

    task: Task
    mailing: Mailing
    lost: frozenset[str]
    out: WorkFolder

    def __call__(self, bucket: int) -> bytes:
        first = self.task.work.read_table(f"first-{bucket:05}.arrow")
        final = self._decided_again(bucket, first)
        sink = io.BytesIO()
        pq.write_table(final, sink, compression="zstd")
        self.out.write(f"part-{bucket:05}.parquet", sink.getvalue())
        return pickle.dumps(Counter(final.column("action").to_pylist()))

    def _decided_again(self, bucket: int, first: Any) -> Any:
        """The bucket's decisions, those that lost replaced, in their order."""
        lost = pc.is_in(first.column("decision_id"), value_set=pa.array(sorted(self.lost), pa.string()))
        if not pc.any(lost).as_py():
            return first
        tables, audience = read_tables_of(self.task, bucket), _audience(self.task, bucket)
        again = second_pass(_engine(self.task.work), tables, audience, self.mailing, self.lost)
        together = pa.concat_tables([first.filter(pc.invert(lost)), again.table]).combine_chunks()
        ids = together.column("decision_id").combine_chunks()
        return together.take(pc.index_in(first.column("decision_id"), value_set=ids).combine_chunks())


def decide_audience(
    engine: BucketEngine,
    task: Task,
    *,
    bundle: Path,
    data: str,
    audience: Sequence[str],
    mailing: Mailing,
    out: WorkFolder,
    scratch: Path,
) -> BatchResult:
    """Decide for everybody of an audience and write the decisions as Parquet, a file a bucket.

    Args:
        bundle: the folder of the bundle that decides.
        data: the folder or URL of the four tables.
        audience: ids; each once.
        scratch: a folder of this machine.

    Raises:
        NBAError: tables, bundle or names are wrong.
    """
    task.work.write(_BUNDLE, _packed(bundle))
    censuses = engine.censuses(task, data, scratch)
    _share_out(task, censuses, audience)
    first = engine.each(_FirstPass(task, mailing), task.buckets)
    wishes: list[Wish] = [wish for told in first for wish in pickle.loads(told)]  # noqa: S301 - our own tasks
    lost, prices = losers(wishes, rooms_of(_engine(task.work).journey))
    second = engine.each(_SecondPass(task, mailing, lost, out), task.buckets)
    actions: Counter[str] = sum((pickle.loads(told) for told in second), Counter())  # noqa: S301 - our own tasks
    return BatchResult(decisions=actions.total(), actions=actions, moved=len(lost), prices=prices)


def _share_out(task: Task, censuses: Sequence[Census], audience: Sequence[str]) -> None:
    """Each customer to the bucket that has their rows; those without any to the first."""
    left = dict.fromkeys(audience)
    own: list[list[str]] = []
    for census in censuses:
        ids = task.work.read_table(f"customers-{census.bucket:05}.arrow").column("customer_id").to_pylist()
        own.append([customer for customer in ids if customer in left])
        for customer in own[-1]:
            del left[customer]
    own[0] += left
    for census, customers in zip(censuses, own, strict=True):
        table = pa.table({"customer_id": pa.array(customers, pa.string())})
        task.work.write_table(f"audience-{census.bucket:05}.arrow", table)


def _audience(task: Task, bucket: int) -> list[str]:
    ids: list[str] = task.work.read_table(f"audience-{bucket:05}.arrow").column(0).to_pylist()
    return ids


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for path in sorted(folder.iterdir()):
            file.add(path, path.name)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _engine(work: WorkFolder) -> Engine:
    """The engine of the bundle in the work folder; a worker loads it once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bundle"
        with tarfile.open(fileobj=io.BytesIO(work.read(_BUNDLE))) as file:
            file.extractall(folder, filter="data")
        bundle = load_bundle(folder)
    journey = priced(bundle.journey, bundle.manifest.provenance.extra)
    return Engine(journey, bundle.models, bundle.manifest.bundle_id, trained=bundle.journey)

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from models.bundle import load_bundle
from models.policy.engine import Engine
from models.policy.rehearsal.shadow_prices import priced
from training.batch.capacity import Cut, Wish, rooms_of, share_out
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
    """Of one bucket; writes its decisions, counts them by action, and says how many were moved."""

    task: Task
    mailing: Mailing
    cuts: Mapping[str, Cut]
    out: WorkFolder

    def __call__(self, bucket: int) -> bytes:
        first = self.task.work.read_table(f"first-{bucket:05}.arrow")
        read = partial(read_tables_of, self.task, bucket)
        settled = second_pass(_engine(self.task.work), read, self.mailing, first, self.cuts)
        sink = io.BytesIO()
        pq.write_table(settled.table, sink, compression="zstd")
        self.out.write(part_name(self.mailing.run_id, bucket), sink.getvalue())
        return pickle.dumps((Counter(settled.table.column("action").to_pylist()), settled.moved))


def part_name(run_id: str, bucket: int) -> str:
    """Where a bucket's decisions lie, so that ``nba import`` finds them."""
    return f"decisions/{quote(run_id, safe='')}-{bucket:05}.parquet"


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
    cuts = share_out(wishes, rooms_of(_engine(task.work).journey))
    second = engine.each(_SecondPass(task, mailing, cuts, out), task.buckets)
    told = [pickle.loads(each) for each in second]  # noqa: S301 - our own tasks
    actions: Counter[str] = sum((counted for counted, _ in told), Counter())
    _forget_other_parts(out, mailing.run_id, task.buckets)
    prices = {channel: cut.price for channel, cut in cuts.items() if cut.price is not None}
    return BatchResult(
        decisions=actions.total(), actions=actions, moved=sum(moved for _, moved in told), prices=prices
    )


def _forget_other_parts(out: WorkFolder, run_id: str, buckets: int) -> None:
    """Of an earlier try of the same run with more buckets, whose customers stand elsewhere now."""
    mine = part_name(run_id, 0).removesuffix("00000.parquet")
    kept = {part_name(run_id, bucket) for bucket in range(buckets)}
    for name in out.names("decisions"):
        if name.startswith(mine) and len(name) == len(mine) + len("00000.parquet") and name not in kept:
            out.delete(name)


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

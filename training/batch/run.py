"""Decisions for an audience, bucket by bucket.

Two passes: decide for everybody, share out scarce contacts by price, decide again for those who lost. What a
run writes depends on its id, its tables and its bundle alone, so a run that broke off is run again.
"""

from __future__ import annotations

import io
import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

from models.policy.batch.capacity import Cut, Wish, share_out
from training.batch.deciding import first_pass, second_pass
from training.batch.prepared import Run, bucket_of, contacts_left, engine_of, prepare_run
from training.shards.engine import BucketEngine
from training.shards.work_folder import WorkFolder


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

    run: Run

    def __call__(self, bucket: int) -> bytes:
        work = self.run.task.work
        people, audience = bucket_of(self.run, bucket), self.run.audience(bucket)
        decided = first_pass(engine_of(work), people, audience, self.run.mailing)
        work.write_table(f"first-{bucket:05}.arrow", decided.table)
        return pickle.dumps(decided.wishes)


@dataclass(frozen=True, slots=True)
class _SecondPass:
    """Of one bucket; writes its decisions, counts them by action, and says how many were moved."""

    run: Run
    cuts: Mapping[str, Cut]
    out: WorkFolder

    def __call__(self, bucket: int) -> bytes:
        work, mailing = self.run.task.work, self.run.mailing
        first = work.read_table(f"first-{bucket:05}.arrow")
        read = partial(bucket_of, self.run, bucket)
        settled = second_pass(engine_of(work), read, mailing, first, self.cuts)
        sink = io.BytesIO()
        pq.write_table(settled.table, sink, compression="zstd")
        self.out.write(part_name(mailing.run_id, bucket), sink.getvalue())
        return pickle.dumps((Counter(settled.table.column("action").to_pylist()), settled.moved))


def part_name(run_id: str, bucket: int) -> str:
    """Where a bucket's decisions lie, so that ``nba import`` finds them."""
    return f"decisions/{quote(run_id, safe='')}-{bucket:05}.parquet"


def decide_audience(
    engine: BucketEngine,
    run: Run,
    *,
    data: str,
    audience: Sequence[str],
    out: WorkFolder,
    scratch: Path,
) -> BatchResult:
    """Decide for everybody of an audience and write the decisions as Parquet, a file a bucket.

    Args:
        data: the folder or URL of the tables.
        audience: ids; each once.
        scratch: a folder of this machine.

    Raises:
        NBAError: tables, bundle or names are wrong.
    """
    prepare_run(engine, run, data, scratch, audience)
    buckets = run.task.buckets
    first = engine.each(_FirstPass(run), buckets)
    wishes: list[Wish] = [wish for told in first for wish in pickle.loads(told)]  # noqa: S301 - our own tasks
    cuts = share_out(wishes, contacts_left(engine, run))
    second = engine.each(_SecondPass(run, cuts, out), buckets)
    told = [pickle.loads(each) for each in second]  # noqa: S301 - our own tasks
    actions: Counter[str] = sum((counted for counted, _ in told), Counter())
    _forget_other_parts(out, run.mailing.run_id, buckets)
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

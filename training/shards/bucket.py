"""What is done with one bucket of customers.

It is checked, put into codes, and turned into rows and features.

A bucket holds whole customers, and whole accounts where the journey has any, so the functions of a training
on one machine do all of it. What needs to know the other buckets (columns of features, the end of the log,
drawn moments) comes with the ``Plan``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Codes, Floats
from models.domain.journey import Journey
from models.errors import TrainingDataError
from models.journey_file import parse_journey
from models.learned.features.builder import FeatureBuilder
from models.learned.features.choose_columns import Counts
from models.learned.features.situations import Situations
from models.learned.features.spec import FeatureSpec
from training.config import TrainingConfig
from training.data.encode import Log, encode
from training.data.rejects import Reject
from training.data.tables import SCHEMAS, Tables, data_sha256
from training.data.validate import Validated, check_rows
from training.fit.prepared import situate
from training.rows.rows import DecisionRows, label_rows
from training.shards.work_folder import WorkFolder

POSITION: Final = "_position"
"""A column that says where a row stands in the whole table; without it canonical order is taken."""

MOVES: Final = ("position", "instant", "phase", "lapsed")
"""What a trace consists of, besides the history."""

ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "customers": ("customer_id",),
    "interactions": ("customer_id", "occurred_at", "interaction_id"),
    "decisions": ("decided_at", "decision_id"),
    "outcomes": ("occurred_at", "outcome_id"),
}
"""The order of exported tables (``exported.yaml``)."""


@lru_cache(maxsize=1)
def _parsed(journey_bytes: bytes, name: str) -> Journey:
    """Once for all buckets of a process; a large file takes as long as the features of 5,000 rows."""
    return parse_journey(journey_bytes, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every bucket needs to know; travels to other machines.

    ``buckets``: how many there are.
    """

    journey_bytes: bytes
    config: TrainingConfig
    work: WorkFolder
    buckets: int

    def journey(self) -> Journey:
        return _parsed(self.journey_bytes, str(self.config.journey))


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What the plan needs to know of one bucket.

    Its rows stay where they are.

    Attributes:
        counts: how often names come up.
        end: milliseconds since 1970 UTC of the last thing known.
        fingerprint: of its tables.
        decisions: how many.
        touchpoints: all names that come up.
    """

    bucket: int
    counts: Counts
    end: int
    fingerprint: str
    decisions: int
    touchpoints: tuple[str, ...]
    rejects: tuple[Reject, ...]
    customers_made: int
    rows_read: Mapping[str, int]
    unused_columns: Mapping[str, tuple[str, ...]]
    has_reward: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all buckets together decide.

    ``draws``: per bucket the numbers for its quiet moments, in the order of its customers; empty where the
    log has decisions, ``logged``.
    """

    spec: FeatureSpec
    end: int
    touchpoints: tuple[str, ...]
    logged: bool
    draws: Mapping[int, Floats]


def take_census(task: Task, bucket: int, raw: Mapping[str, Any]) -> Census:
    """Check a bucket's rows and keep the right ones in the work folder.

    Args:
        raw: the four tables as the SQL gave them; only the bucket's rows, in the order of the whole tables
            where they have a column ``_position``.
    """
    journey = task.journey()
    ordered = {
        name: table if POSITION in table.column_names else _canonical(name, table)
        for name, table in raw.items()
    }
    position = {
        name: t.column(POSITION).to_numpy() for name, t in ordered.items() if POSITION in t.column_names
    }
    bare = {name: t.drop_columns([POSITION]) if name in position else t for name, t in ordered.items()}
    validated = check_rows(bare, journey, task.config.time_zone)
    tables = validated.tables
    for name, table in tables.items():
        task.work.write_table(f"{name}-{bucket:05}.arrow", table)
    if tables.reward is not None:
        task.work.write_table(f"reward-{bucket:05}.arrow", pa.table({"reward": tables.reward}))
    log = encode(tables, journey)
    task.work.write_arrays(f"keys-{bucket:05}.arrays", _keys(log, validated, position))
    return Census(
        bucket=bucket,
        counts=Counts.of(journey, log.history, log.all_attributes),
        end=log.end,
        fingerprint=data_sha256(tables),
        decisions=len(log.decisions),
        touchpoints=log.history.touchpoints,
        rejects=tuple(_placed(reject, position) for reject in validated.rejects),
        customers_made=validated.customers_made,
        rows_read=validated.rows_read,
        unused_columns=validated.unused_columns,
        has_reward=tables.reward is not None,
    )


def build_features(task: Task, plan: Plan, bucket: int) -> int:
    """Rows, labels and features of a bucket, into the work folder; says how many rows."""
    journey = task.journey()
    tables = read_tables_of(task, bucket)
    log = replace(encode(tables, journey), end=plan.end)
    builder = FeatureBuilder(plan.spec, journey)
    trace = builder.machine.trace(log.history)
    reward = None if tables.reward is None else tables.reward.to_numpy()
    rows = label_rows(log, reward, journey, trace, task.config.rows, _Given(plan.draws.get(bucket)))
    if plan.logged and not len(log.decisions):
        rows = rows.take(np.zeros(0, dtype=np.int64))
    situations = situate(builder, log, trace, rows)
    each = np.arange(len(rows))
    if log.history.properties is not None:
        texts = pa.array([json.dumps(each) if each else None for each in log.history.properties], pa.string())
        task.work.write_table(f"properties-{bucket:05}.arrow", pa.table({"properties": texts}))
    task.work.write_arrays(
        f"rows-{bucket:05}.arrays",
        {
            **_columns("rows", rows),
            **_columns("situations", situations),
            **_columns("history", log.history),
            **{f"trace.{name}": getattr(trace, name) for name in MOVES},
            "history.touchpoint": _renumbered(log, plan.touchpoints),
            "customer_x": builder.customer_features(situations),
            "candidate_x": builder.candidate_features(situations, each, rows.treatment),
        },
    )
    return len(rows)


def read_tables_of(task: Task, bucket: int) -> Tables:
    """The right rows of a bucket."""
    tables = {name: task.work.read_table(f"{name}-{bucket:05}.arrow").combine_chunks() for name in SCHEMAS}
    try:
        reward = task.work.read_table(f"reward-{bucket:05}.arrow").column("reward").combine_chunks()
    except OSError:
        reward = None
    return Tables(**tables, reward=reward)


def moved_between_accounts(customer: str) -> TrainingDataError:
    """Why a history cannot be cut into buckets of whole accounts."""
    return TrainingDataError(
        f"table 'customers': {customer!r} is in several accounts, expected one: a bucket holds whole "
        "accounts. Correct the rows, or work without buckets."
    )


class _Given:
    """Numbers that were drawn for all buckets at once; without any, rows of quiet moments are of no use."""

    def __init__(self, numbers: Floats | None) -> None:
        self._numbers = numbers

    def random(self, size: int, /) -> Floats:
        return np.zeros(size) if self._numbers is None else self._numbers


def _canonical(name: str, table: Any) -> Any:
    """Sorted as exported tables are."""
    keys = [(column, "ascending") for column in ORDER[name] if column in table.column_names]
    return table.sort_by(keys) if keys else table


def _keys(log: Log, validated: Validated, position: Mapping[str, Any]) -> dict[str, Any]:
    """Where customers and decisions stand among those of all buckets.

    A customer without a row of their own stands behind the others, where their first row stands.
    """
    kept = {name: where[validated.kept[name]] for name, where in position.items()}
    n, made = len(log.customer_ids), validated.customers_made
    own = np.arange(n) < n - made
    place = np.zeros(n, dtype=np.int64)
    if "customers" in kept:
        place[: n - made] = kept["customers"]
    source = np.where(own, 0, 2)
    tables = validated.tables
    for level, name in ((2, "decisions"), (1, "interactions")):
        table = getattr(tables, name)
        of = pc.index_in(table.column("customer_id"), value_set=log.customer_ids).to_numpy()
        first = np.full(n, -1, dtype=np.int64)
        first[of[::-1]] = np.arange(len(of))[::-1]
        here = ~own & (first >= 0)
        source[here] = level
        place[here] = kept[name][first[here]] if name in kept else first[here]
    return {
        "customer_source": source,
        "customer_place": place,
        "customer_placed": np.array([bool(position) or n == 0]),
        "present": np.diff(log.history.start) > 0,
        "decision_place": kept.get("decisions", np.full(len(log.decisions), -1, dtype=np.int64)),
    }


def _placed(reject: Reject, position: Mapping[str, Any]) -> Reject:
    where = position.get(reject.table)
    return reject if where is None else replace(reject, row=int(where[reject.row - 1]) + 1)


def _columns(prefix: str, record: DecisionRows | Situations | Any) -> dict[str, Any]:
    """The arrays of a record, by name."""
    arrays = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {f"{prefix}.{name}": array for name, array in arrays.items() if isinstance(array, np.ndarray)}


def _renumbered(log: Log, names: tuple[str, ...]) -> Codes:
    index = {name: code for code, name in enumerate(names)}
    codes = np.array([index[name] for name in log.history.touchpoints], dtype=np.int32)
    touchpoint: Codes = codes[log.history.touchpoint]
    return touchpoint

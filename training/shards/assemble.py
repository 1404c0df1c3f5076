"""Puts the buckets' rows, features and events together, each at its place.

What is large lies in files that are mapped into memory: the system keeps of them what is looked at and what
there is room for. Everything after a training's features works on the result as if one machine had made it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
import pyarrow as pa

from models.arrays import Ints
from models.domain.history import History
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder
from models.learned.features.situations import Situations
from training.data.encode import (
    Log,
    LoggedDecisions,
    LoggedOutcomes,
    accounts_of,
    known_of_accounts,
    with_accounts,
)
from training.data.tables import SCHEMAS, Tables
from training.data.validate import Validated, stop_if_too_many
from training.data.versions import versions_of
from training.fit.prepared import Prepared
from training.rows.rows import DecisionRows, check_something_done
from training.rows.split import customer_start, split_rows
from training.shards.bucket import MOVES, Census, Plan, Task
from training.shards.mapped_columns import MappedColumns
from training.shards.plan import Places
from training.shards.work_folder import WorkFolder

_GATHERED: Final = (("rows", "arrays"), ("properties", "arrow"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the rest of a training starts from.

    ``fingerprint``: of the tables of all buckets; ``mapped``: what lies in files.
    """

    journey: Journey
    validated: Validated
    prepared: Prepared
    fingerprint: str
    mapped: tuple[MappedColumns, ...] = ()


def validated_of(task: Task, censuses: Sequence[Census]) -> Validated:
    """What was found in all buckets; the tables hold the rows bucket after bucket.

    Raises:
        TrainingDataError: too many rows are rejected, or there is nothing to learn from.
    """
    rejects = tuple(reject for census in censuses for reject in census.rejects)
    read = {name: sum(census.rows_read[name] for census in censuses) for name in SCHEMAS}
    stop_if_too_many(rejects, read, task.config.reject_share)
    unused = {name: columns for census in censuses for name, columns in census.unused_columns.items()}
    reward = None
    if all(census.has_reward for census in censuses if census.decisions):
        parts = [task.work.read_table(f"reward-{c.bucket:05}.arrow") for c in censuses if c.has_reward]
        reward = pa.concat_tables(parts).column("reward") if parts else None
    return Validated(
        tables=Tables(**{name: _concatenated(task, censuses, name) for name in SCHEMAS}, reward=reward),
        rejects=rejects,
        customers_made=sum(census.customers_made for census in censuses),
        rows_read=read,
        unused_columns=unused,
    )


def gather(task: Task, plan: Plan, places: Places, censuses: Sequence[Census], folder: Path) -> Gathered:
    """Everything at its place.

    Args:
        folder: on this machine; holds what is mapped into memory.

    Raises:
        TrainingDataError: too many rows are rejected, or nothing was ever done.
    """
    journey, validated = task.journey(), validated_of(task, censuses)
    folder.mkdir(parents=True, exist_ok=True)
    buckets = [census.bucket for census in censuses]
    task = replace(task, work=_near(task.work, buckets, folder / "buckets"))
    narrow = [_narrow(task, bucket) for bucket in buckets]
    row_places = _row_places(plan, places, narrow)
    history, first_events, events = _history(task, plan, places, buckets, narrow, folder)
    rows_of = MappedColumns(folder, sum(len(each) for each in row_places))
    offsets = np.cumsum([0, *(census.decisions for census in censuses)])

    def read(number: int, own: Ints | slice) -> dict[str, Any]:
        arrays = task.work.read_arrays(f"rows-{buckets[number]:05}.arrays")
        wanted = (n for n in arrays if not n.startswith(("history.", "trace.")))
        some = {name: arrays[name][own] for name in wanted}
        _shift(some, places.customers[number], first_events[number], int(offsets[number]))
        return some

    columns = rows_of.fill(row_places, read)
    rows = DecisionRows(**_of(columns, "rows"))
    check_something_done(rows)
    customers = _customers(validated, places)
    log = _log(journey, customers, history, plan.end)
    builder = FeatureBuilder(plan.spec, journey)
    trace = builder.machine.trace_of_moves(history, **_moves(narrow, first_events))
    prepared = Prepared(
        journey=journey,
        builder=builder,
        log=log,
        trace=trace,
        split=split_rows(
            rows,
            customer_start(history, plan.end),
            task.config.split,
            task.config.rows.purge,
            task.config.rows.early_labels,
        ),
        situations=Situations(
            history=history, customer_x=columns["customer_x"], trace=trace, **_of(columns, "situations")
        ),
        customer_x=columns["customer_x"],
        candidate_x=columns["candidate_x"],
    )
    shutil.rmtree(folder / "buckets", ignore_errors=True)
    fingerprint = hashlib.sha256("".join(census.fingerprint for census in censuses).encode()).hexdigest()
    validated = replace(validated, tables=replace(validated.tables, customers=customers))
    return Gathered(
        journey=journey,
        validated=validated,
        prepared=prepared,
        fingerprint=fingerprint,
        mapped=(rows_of, events),
    )


def _near(work: WorkFolder, buckets: Sequence[int], folder: Path) -> WorkFolder:
    """The buckets' rows where they can be read in parts: copied if they lie at a URL."""
    if work.is_local:
        return work
    near = WorkFolder(str(folder))
    names = {f"{kind}-{bucket:05}.{end}" for bucket in buckets for kind, end in _GATHERED}
    for name in sorted(names):
        with suppress(OSError):  # nobody has properties
            near.write(name, work.read(name))
    return near


def _narrow(task: Task, bucket: int) -> dict[str, Any]:
    arrays = task.work.read_arrays(f"rows-{bucket:05}.arrays")
    moves = (f"trace.{name}" for name in MOVES)
    return {name: arrays[name] for name in ("rows.customer", "rows.decision", "history.start", *moves)}


def _moves(narrow: Sequence[Mapping[str, Any]], moved: Sequence[Ints]) -> dict[str, Any]:
    """Moves between phases of all customers, by event; the first stands for none."""
    parts: dict[str, list[Any]] = {name: [] for name in MOVES}
    for each, by in zip(narrow, moved, strict=True):
        start, position = each["history.start"], each["trace.position"][1:]
        owner = np.searchsorted(start, position, side="right") - 1
        parts["position"].append(position + by[owner])
        for name in MOVES[1:]:
            parts[name].append(each[f"trace.{name}"][1:])
    first = {name: narrow[0][f"trace.{name}"][:1] for name in MOVES}
    joined = {name: np.concatenate(own) for name, own in parts.items()}
    order = np.argsort(joined["position"], kind="stable")
    return {name: np.concatenate([first[name], joined[name][order]]) for name in MOVES}


def _row_places(plan: Plan, places: Places, narrow: Sequence[Mapping[str, Any]]) -> list[Ints]:
    """Where each bucket's rows stand: as the decisions do, or customer after customer."""
    if plan.logged:
        pairs = zip(places.decisions, narrow, strict=True)
        keys = [own[each["rows.decision"]] for own, each in pairs]
    else:
        keys = [own[each["rows.customer"]] for own, each in zip(places.customers, narrow, strict=True)]
    order = np.argsort(np.concatenate(keys), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.split(rank, np.cumsum([len(each) for each in keys])[:-1])


def _history(
    task: Task,
    plan: Plan,
    places: Places,
    buckets: Sequence[int],
    narrow: Sequence[Mapping[str, Any]],
    folder: Path,
) -> tuple[History, list[Ints], MappedColumns]:
    """All events, per bucket how far each customer's moved, and what of them lies in files."""
    count = np.zeros(places.n_customers, dtype=np.int64)
    for own, each in zip(places.customers, narrow, strict=True):
        count[own] = np.diff(each["history.start"])
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    events = MappedColumns(folder, int(start[-1]))
    moved, places_of_events = [], []
    for number in range(len(buckets)):
        own, local = places.customers[number], narrow[number]["history.start"]
        by = start[own] - local[:-1]
        moved.append(by)
        places_of_events.append(np.arange(local[-1]) + np.repeat(by, np.diff(local)))

    def read(number: int, own_events: Ints | slice) -> dict[str, Any]:
        arrays = task.work.read_arrays(f"rows-{buckets[number]:05}.arrays")
        wanted = (n for n in arrays if n.startswith("history.") and n != "history.start")
        return {name: arrays[name][own_events] for name in wanted}

    columns = events.fill(places_of_events, read)
    history = History(
        start=start,
        touchpoints=plan.touchpoints,
        properties=_properties(task, buckets, np.concatenate(places_of_events)),
        **_of(columns, "history"),
    )
    return history, moved, events


def _properties(task: Task, buckets: Sequence[int], places: Ints) -> _Objects | None:
    """Those of all events, where somebody reads them."""
    try:
        parts = [task.work.read_table(f"properties-{bucket:05}.arrow") for bucket in buckets]
    except OSError:
        return None
    order = np.empty(len(places), dtype=np.int64)
    order[places] = np.arange(len(places))
    return _Objects(pa.concat_tables(parts).column("properties"), order)


def _shift(arrays: dict[str, Any], customers: Ints, events: Ints, decisions: int) -> None:
    """Turns positions within the bucket into positions among all."""
    local = arrays["rows.customer"]
    by = events[local]
    arrays["situations.end"] = arrays["situations.end"] + by
    arrays["situations.window_start"] = arrays["situations.window_start"] + by[:, None]
    arrays["rows.customer"] = arrays["situations.customer"] = customers[local]
    decision = arrays["rows.decision"]
    arrays["rows.decision"] = np.where(decision >= 0, decision + decisions, decision)


def _of(columns: Mapping[str, Any], record: str) -> dict[str, Any]:
    start = f"{record}."
    return {name.removeprefix(start): each for name, each in columns.items() if name.startswith(start)}


def _concatenated(task: Task, censuses: Sequence[Census], name: str) -> Any:
    return pa.concat_tables([task.work.read_table(f"{name}-{census.bucket:05}.arrow") for census in censuses])


def _customers(validated: Validated, places: Places) -> Any:
    """The table of customers, in the order of their positions."""
    order = np.empty(places.n_customers, dtype=np.int64)
    order[np.concatenate(places.customers)] = np.arange(places.n_customers)
    return validated.tables.customers.take(pa.array(order)).combine_chunks()


def _log(journey: Journey, customers: Any, history: History, end: int) -> Log:
    """The log without what only rows are made of."""
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    codes = np.zeros(0, dtype=np.int32)
    told = _Objects(customers.column("attributes").combine_chunks())
    accounts, roles = accounts_of(customers, journey)
    known = known_of_accounts(customers, journey, accounts, roles)
    attributes, versions = with_accounts(told, versions_of(customers, told), known)
    return Log(
        customer_ids=customers.column("customer_id").combine_chunks(),
        attributes=attributes,
        versions=versions,
        accounts=accounts,
        roles=roles,
        consents=_Objects(customers.column("consent").combine_chunks()),
        time_zones=customers.column("time_zone").to_pylist(),
        history=history,
        end=end,
        decisions=LoggedDecisions(
            customer=none, decided_at=none, delivered_at=none, treatment=codes, action_probability=nothing,
            stated_phase=codes,
        ),
        outcomes=LoggedOutcomes(decision=none, outcome=codes, occurred_at=none, value=nothing),
    )  # fmt: skip


class _Objects(Sequence[Mapping[str, Any]]):
    """JSON objects without what is null, parsed when somebody asks.

    ``order``: where the text of each stands; None: at the same place.
    """

    def __init__(self, texts: Any, order: Ints | None = None) -> None:
        self._texts = texts
        self._order = order

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, at: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        text = self._texts[at if self._order is None else int(self._order[at])].as_py()
        read = {} if text is None else json.loads(text)
        return {name: value for name, value in read.items() if value is not None}

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (self[at] for at in range(len(self)))

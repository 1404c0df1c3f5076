"""What all buckets together decide, and everybody's place.

The places are those that a training without buckets gives them, so everything after is the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Ints
from models.learned.features.choose_columns import Counts
from training.fit.prepared import choose_spec
from training.shards.bucket import ORDER, Census, Plan, Task
from training.streams import Stream, generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where customers and decisions stand among all.

    One array a bucket.
    """

    customers: tuple[Ints, ...]
    decisions: tuple[Ints, ...]

    @property
    def n_customers(self) -> int:
        return sum(len(each) for each in self.customers)


def make_plan(task: Task, censuses: Sequence[Census], seed: int) -> tuple[Plan, Places]:
    """From the censuses of all buckets, in order."""
    journey = task.journey()
    keys = [task.work.read_arrays(f"keys-{census.bucket:05}.arrays") for census in censuses]
    decisions = _decision_places(task, censuses, keys)
    places = Places(customers=_customer_places(task, censuses, keys, decisions), decisions=decisions)
    logged = any(census.decisions for census in censuses)
    declared = journey.touchpoint_names
    others = sorted({name for census in censuses for name in census.touchpoints} - {*declared})
    counts = reduce(add, (census.counts for census in censuses), Counts())
    plan = Plan(
        spec=choose_spec(journey, counts, task.config.features),
        end=max(census.end for census in censuses),
        touchpoints=(*declared, *others),
        logged=logged,
        draws={} if logged else _draws(task, censuses, keys, places, seed),
    )
    return plan, places


def _decision_places(
    task: Task, censuses: Sequence[Census], keys: Sequence[dict[str, Any]]
) -> tuple[Ints, ...]:
    """By the position in the whole table, else by time and id as in exported tables."""
    place = np.concatenate([each["decision_place"] for each in keys])
    if len(place) and place[0] < 0:
        tables = [
            task.work.read_table(f"decisions-{c.bucket:05}.arrow").select(["decided_at", "decision_id"])
            for c in censuses
        ]
        together = pa.concat_tables(tables)
        order = pc.sort_indices(together, [(column, "ascending") for column in ORDER["decisions"]]).to_numpy()
    else:
        order = np.argsort(place, kind="stable")
    return _ranks(order, [len(each["decision_place"]) for each in keys])


def _customer_places(
    task: Task, censuses: Sequence[Census], keys: Sequence[dict[str, Any]], decisions: Sequence[Ints]
) -> tuple[Ints, ...]:
    """Those with a row of their own as these stand, then the others by their first row.

    Without positions the order is that of exported tables: by id, and for those who only have decisions by
    the first of these.
    """
    source = np.concatenate([each["customer_source"] for each in keys])
    place = np.concatenate(
        [
            np.where(each["customer_source"] == 2, _of(own, each["customer_place"]), each["customer_place"])
            for each, own in zip(keys, decisions, strict=True)
        ]
    )
    placed = all(bool(each["customer_placed"][0]) for each in keys)
    if not placed:
        ids = pa.concat_tables(
            [task.work.read_table(f"customers-{c.bucket:05}.arrow").select(["customer_id"]) for c in censuses]
        )
        by_id = np.empty(len(source), dtype=np.int64)
        by_id[pc.sort_indices(ids.column(0)).to_numpy()] = np.arange(len(source))
        place = np.where(source == 2, place, by_id)
    return _ranks(np.lexsort((place, source)), [len(each["customer_source"]) for each in keys])


def _of(values: Ints, at: Ints) -> Ints:
    return (
        values[np.clip(at, 0, max(len(values) - 1, 0))] if len(values) else np.zeros(len(at), dtype=np.int64)
    )


def _ranks(order: Any, sizes: Sequence[int]) -> tuple[Ints, ...]:
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return tuple(np.split(rank, np.cumsum(sizes)[:-1]))


def _draws(
    task: Task, censuses: Sequence[Census], keys: Sequence[dict[str, Any]], places: Places, seed: int
) -> dict[int, Any]:
    """As one log draws them: customer after customer, those with events only."""
    per_customer = task.config.rows.quiet_per_customer
    present = np.zeros(places.n_customers, dtype=bool)
    for own, each in zip(places.customers, keys, strict=True):
        present[own] = each["present"]
    drawn = generator(seed, Stream.ROWS).random(int(present.sum()) * per_customer).reshape(-1, per_customer)
    number = np.cumsum(present) - 1
    return {
        census.bucket: drawn[number[own[each["present"]]]].ravel()
        for census, own, each in zip(censuses, places.customers, keys, strict=True)
    }

"""Availability of an export, as every task of a run reads it.

Knows rows of a table and the work folder; knows nothing of customers.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from models.configurations.availability import Availability, AvailabilityRow
from models.policy.batch.deliverable import Tables
from training.data.encode import milliseconds
from training.shards.work_folder import WorkFolder

TABLE: Final = "availability"
_FILE: Final = f"{TABLE}.arrow"
_TEXTS: Final = ("configurator", "option", "choice", "region", "from", "until")
_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        ("available", pa.bool_()),
        ("table_as_of", pa.timestamp("ms", tz="UTC")),
    ]
)


def keep_availability(work: WorkFolder, table: Any) -> None:
    """Put the exported table into the work folder; None: nothing was ever uploaded."""
    work.write_table(
        _FILE, _SCHEMA.empty_table() if table is None else table.select(_SCHEMA.names).cast(_SCHEMA)
    )


def read_availability(work: WorkFolder) -> Tables:
    """What ``keep_availability`` put there."""
    table = work.read_table(_FILE)
    rows: dict[str, list[AvailabilityRow]] = {}
    as_of: dict[str, int] = {}
    columns = [pc.fill_null(table.column(name), "").to_pylist() for name in _TEXTS]
    for configurator, option, choice, region, first, last, available, at in zip(
        *columns,
        table.column("available").to_pylist(),
        milliseconds(table.column("table_as_of")).tolist(),
        strict=True,
    ):
        row = AvailabilityRow(option, choice, region, available, first, last, at)
        rows.setdefault(configurator, []).append(row)
        as_of[configurator] = at
    return Tables(0, {name: Availability.of(own, as_of[name]) for name, own in rows.items()})

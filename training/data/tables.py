"""The four tables of section 4 as Arrow.

Their columns, types, files and fingerprint. Knows the shape of the data and how it lies in Parquet; knows
nothing of where it came from (``load.py``) or whether it is right (``validate.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

INSTANT: Final = pa.timestamp("ms", tz="UTC")

SCHEMAS: Final[Mapping[str, Any]] = {
    "customers": pa.schema(
        [
            pa.field("customer_id", pa.string(), nullable=False),
            pa.field("account_id", pa.string()),
            pa.field("role", pa.string()),
            pa.field("attributes", pa.string()),
            pa.field("consent", pa.string()),
            pa.field("locale", pa.string()),
            pa.field("time_zone", pa.string()),
            pa.field("valid_from", INSTANT),
            pa.field("attribute_versions", pa.string()),
            pa.field("account_attributes", pa.string()),
        ]
    ),
    "interactions": pa.schema(
        [
            pa.field("interaction_id", pa.string(), nullable=False),
            pa.field("customer_id", pa.string(), nullable=False),
            pa.field("occurred_at", INSTANT, nullable=False),
            pa.field("channel", pa.string()),
            pa.field("touchpoint", pa.string(), nullable=False),
            pa.field("action", pa.string()),
            pa.field("phase", pa.string()),
            pa.field("value", pa.float64()),
            pa.field("properties", pa.string()),
        ]
    ),
    "decisions": pa.schema(
        [
            pa.field("decision_id", pa.string(), nullable=False),
            pa.field("customer_id", pa.string(), nullable=False),
            pa.field("decided_at", INSTANT, nullable=False),
            pa.field("context", pa.string()),
            pa.field("action", pa.string(), nullable=False),
            pa.field("channel", pa.string()),
            pa.field("action_probability", pa.float64()),
            pa.field("candidates", pa.string()),
            pa.field("bundle", pa.string()),
            pa.field("policy", pa.string()),
            pa.field("arm", pa.string()),
            pa.field("delivered_at", INSTANT),
        ]
    ),
    "outcomes": pa.schema(
        [
            pa.field("outcome_id", pa.string(), nullable=False),
            pa.field("decision_id", pa.string(), nullable=False),
            pa.field("outcome", pa.string(), nullable=False),
            pa.field("value", pa.float64()),
            pa.field("occurred_at", INSTANT, nullable=False),
            pa.field("properties", pa.string()),
        ]
    ),
}

REWARD: Final = "reward"
"""An extra column of decisions that training may use: what the decision was worth, in the journey's
currency, where the source measured it itself (doing nothing included). It is not part of the four tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The four tables, validated.

    ``reward`` is aligned with ``decisions``, or None where not stated.
    """

    customers: Any
    interactions: Any
    decisions: Any
    outcomes: Any
    reward: Any = None

    def items(self) -> tuple[tuple[str, Any], ...]:
        """Name and table, in the order of the design."""
        return tuple((name, getattr(self, name)) for name in SCHEMAS)

    @property
    def counts(self) -> dict[str, int]:
        return {name: table.num_rows for name, table in self.items()}


def empty_table(name: str) -> Any:
    """A table with the right columns and no rows."""
    return SCHEMAS[name].empty_table()


def write_tables(tables: Tables, folder: Path) -> None:
    """Write ``customers.parquet`` and so on, as ``nba import`` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def data_sha256(tables: Tables) -> str:
    """A fingerprint of the rows and their order: the same data gives the same text on any machine."""
    digest = hashlib.sha256()
    for entry in fields(tables):
        table = getattr(tables, entry.name)
        if table is None:
            continue
        if not isinstance(table, pa.Table):
            table = pa.table({entry.name: table})
        for part in _without_nulls(entry.name, table.combine_chunks()):
            with pa.ipc.new_stream(_HashSink(digest), part.schema) as writer:
                writer.write_table(part.combine_chunks(), max_chunksize=65_536)
    return digest.hexdigest()


_LATER: Final = frozenset({"role", "valid_from", "attribute_versions", "account_attributes"})
_LATER_OF: Final = {"outcomes": _LATER | {"properties"}}
"""Columns that joined the tables later; where nobody has one the data is the same as before."""


def _without_nulls(name: str, table: pa.Table) -> Iterator[pa.Table]:
    """The same rows where nothing is left open: what lies in memory under a null is anybody's guess.

    First the table, with whether a value is there for columns that lack some; then their values alone.
    """
    columns = dict(zip(table.column_names, table.columns, strict=True))
    for later in _LATER_OF.get(name, _LATER) & columns.keys():
        if columns[later].null_count == table.num_rows:
            del columns[later]
    lacking = {name: column for name, column in columns.items() if column.null_count}
    yield pa.table({name: pc.is_valid(c) if name in lacking else c for name, c in columns.items()})
    for name, column in lacking.items():
        yield pa.table({name: column.drop_null()})


class _HashSink:
    """A file that only counts and hashes what is written to it."""

    closed = False

    def __init__(self, digest: Any) -> None:
        self._digest = digest
        self._position = 0

    def write(self, data: Any) -> int:
        self._digest.update(data)
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        return None

    def close(self) -> None:
        return None

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

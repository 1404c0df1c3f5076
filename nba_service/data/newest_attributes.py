"""Which rows of customers.parquet hold now.

A file may say of a customer since when which attributes hold (``valid_from``), for training. The store keeps
what holds now: of several rows the newest that has begun, and of a row of ``nba tables`` the newest state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import orjson

from models.domain.history import from_iso, to_ms
from nba_service.errors import TransferError

_COLUMNS: Final = ("customer_id", "valid_from", "attributes", "attribute_versions")
_ALWAYS: Final = -(2**62)


def newest_rows(arrow: ModuleType, path: Path, now_ms: int) -> Mapping[int, object] | None:
    """Position of each customer's row in the file → its attributes; None: every row holds as it stands.

    A customer all of whose attributes begin later has none yet.

    Raises:
        TransferError: ``valid_from`` are no times with a zone, or versions are none of ``nba tables``.
    """
    file = arrow.parquet.ParquetFile(path)
    present = [name for name in _COLUMNS if name in file.schema_arrow.names]
    if "valid_from" not in present or "customer_id" not in present:
        return None
    table = file.read(columns=present)
    since = table.column("valid_from")
    if since.null_count == len(since):
        return None
    if getattr(since.type, "tz", None) is None:
        raise TransferError(f"{path}: expected times with a time zone in valid_from, got {since.type}.")
    found: dict[object, tuple[int, int, object]] = {}
    for at, row in enumerate(table.to_pylist()):
        for begins, attributes in _states(path, row):
            best = found.get(row["customer_id"])
            held = begins if begins <= now_ms else _ALWAYS - 1  # not yet: only where nothing has begun
            if best is None or held > best[0]:
                found[row["customer_id"]] = (held, at, attributes if begins <= now_ms else None)
    return {at: attributes for _, at, attributes in found.values()}


def _states(path: Path, row: Mapping[str, Any]) -> Sequence[tuple[int, object]]:
    """(since when, attributes as JSON) of a row."""
    begins = _ALWAYS if row["valid_from"] is None else to_ms(row["valid_from"])
    states: list[tuple[int, object]] = [(begins, row.get("attributes"))]
    try:
        for state in orjson.loads(row.get("attribute_versions") or "[]"):
            earlier = state["valid_from"]
            states.append(
                (
                    _ALWAYS if earlier is None else from_iso(earlier),
                    orjson.dumps(state["attributes"]).decode(),
                )
            )
    except (ValueError, TypeError, KeyError) as error:
        raise TransferError(
            f"{path}: expected attribute_versions as `nba tables` writes them, got"
            f" {row['attribute_versions'][:80]!r} ({error})."
        ) from None
    return states

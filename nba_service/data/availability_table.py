"""What can be delivered, as a table of an export.

Runs over tables read it. An import does not: what can be delivered changes during the day, and an old table
would promise what is gone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nba_service.data.parquet_writing import ParquetFiles
from nba_service.store.interface import Store

TABLE: Final = "availability"
COLUMNS: Final = {
    "configurator": "string",
    "option": "string",
    "choice": "string",
    "region": "string",
    "available": "boolean",
    "from": "string",
    "until": "string",
    "as_of": "time",
    "table_as_of": "time",
}
_REQUIRED: Final = ("configurator", "option", "choice", "region", "available", "as_of", "table_as_of")


def export_availability(store: Store, folder: Path) -> int | None:
    """Write the table of all configurators; how many rows, None: there are none, and no file."""
    rows = [*_rows(store)]
    if not rows:
        (folder / f"{TABLE}.parquet").unlink(missing_ok=True)
        return None
    with contextlib.ExitStack() as stack:
        files = ParquetFiles(folder, TABLE, COLUMNS, _REQUIRED, stack)
        files.write(f"{TABLE}.parquet", rows)
    files.publish()
    return len(rows)


def _rows(store: Store) -> Iterator[dict[str, object]]:
    _, as_of, tables = store.configurations.read()
    for configurator, rows in sorted(tables.items()):
        for row in rows:
            yield {
                "configurator": configurator,
                "option": row.option,
                "choice": row.choice,
                "region": row.region,
                "available": row.available,
                "from": row.first or None,
                "until": row.last or None,
                "as_of": row.as_of,
                "table_as_of": as_of.get(configurator, row.as_of),
            }

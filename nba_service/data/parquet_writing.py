"""Writes the rows of one table as Parquet, a file a month."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol

from nba_service.errors import TransferError

MONTHS_OPEN: Final = 400


class TableWriter(Protocol):
    """An open Parquet file."""

    def write_table(self, table: object) -> None: ...


def load_arrow() -> ModuleType:
    """pyarrow, which has no types.

    Raises:
        TransferError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise TransferError(
            "Parquet needs pyarrow, which is not installed. Install it with: pip install -e '.[train]'"
        ) from None
    module: ModuleType = pyarrow
    return module


class ParquetFiles:
    """The open files of one table.

    They take their names when all are written. ``columns``: name → ``string``, ``double``, ``time`` or
    ``boolean``; ``required``: those that are never null.
    """

    def __init__(
        self,
        folder: Path,
        table: str,
        columns: Mapping[str, str],
        required: Collection[str],
        stack: contextlib.ExitStack,
    ) -> None:
        """``stack`` closes the files."""
        arrow = load_arrow()
        types = {
            "string": arrow.string(),
            "double": arrow.float64(),
            "time": arrow.timestamp("ms", tz="UTC"),
            "boolean": arrow.bool_(),
        }
        self._schema = arrow.schema(
            [arrow.field(name, types[kind], nullable=name not in required) for name, kind in columns.items()]
        )
        self._arrow, self._folder, self._table, self._stack = arrow, folder, table, stack
        self._open: dict[str, TableWriter] = {}

    def __len__(self) -> int:
        return len(self._open)

    def write(self, target: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to the file ``target``, a path below the folder; without rows it is empty.

        Raises:
            TransferError: too many files.
        """
        writer = self._writer(target)
        if rows:
            columns = {name: [row[name] for row in rows] for name in self._schema.names}
            writer.write_table(self._arrow.table(columns, schema=self._schema))

    def publish(self) -> None:
        """Put the written files in place, and take files of an earlier export away that are no more."""
        for target in self._open:
            self._partial(target).replace(self._folder / target)
        folder = self._folder / self._table
        for path in [*folder.glob("*.parquet"), self._folder / f"{self._table}.parquet"]:
            if path.is_file() and path.relative_to(self._folder).as_posix() not in self._open:
                path.unlink()

    def _writer(self, target: str) -> TableWriter:
        if target not in self._open:
            if len(self._open) >= MONTHS_OPEN:
                raise TransferError(
                    f"{self._table}: expected rows of at most {MONTHS_OPEN} months, got more."
                    " Look for times that are wrong."
                )
            path = self._partial(target)
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = self._arrow.parquet.ParquetWriter(path, self._schema, compression="zstd")
            self._open[target] = self._stack.enter_context(writer)
        return self._open[target]

    def _partial(self, target: str) -> Path:
        path = self._folder / target
        return path.with_name(f".{path.name}.partial")

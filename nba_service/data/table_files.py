"""Which files of a folder an import reads, and which not.

A file of data that is not read is never passed over in silence: its name and what makes a table of it are
told. Knows names of files; opens none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nba_service.errors import TransferError

_SHOWN: Final = 3
_PARQUET: Final = ".parquet"
_DATA: Final = frozenset(
    {_PARQUET, ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".zip", ".gz", ".bz2", ".xz", ".zst"}
    | {".avro", ".feather", ".arrow", ".orc", ".xls", ".xlsx"}
)
_BESIDE: Final = frozenset({"rejects.jsonl", "truth.json", "availability.parquet"})
"""What ``nba tables``, ``nba simulate`` and ``nba export`` write next to the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFiles:
    """The files of a folder.

    ``read``: table → its files; ``unread``: files of data that are of no table.
    """

    read: Mapping[str, tuple[Path, ...]]
    unread: tuple[Path, ...] = ()


def table_files(folder: Path, tables: Iterable[str]) -> TableFiles:
    """What an import of ``folder`` reads.

    Raises:
        TransferError: it is a file, or has no table; says what is there and what to do.
    """
    names = list(tables)
    expected = (
        f"{', '.join(f'{name}{_PARQUET}' for name in names)}, or folders of those names with Parquet files"
    )
    if not folder.is_dir():
        own = folder.suffix.lower() == _PARQUET
        rest = f" Name {folder.parent}, which has it." if own else f" {_way(folder.parent)}"
        raise TransferError(f"{folder}: expected a folder with {expected}, got a file.{rest}")
    read = {name: _files_of(folder, name) for name in names}
    taken = {path for paths in read.values() for path in paths}
    depths = ("*", "*/*", *(f"{name}/**/*" for name in names))
    found = {path for depth in depths for path in folder.glob(depth) if _is_data(path, folder)}
    unread = tuple(sorted(found - taken))
    if not taken:
        got = _named(folder, unread) if unread else "none of them"
        raise TransferError(f"{folder}: expected {expected}, got {got}. {_way(folder)}")
    return TableFiles(read=read, unread=unread)


def unread_line(folder: Path, unread: tuple[Path, ...]) -> str:
    """What to tell of files that were not read, on one line."""
    return f"{folder}: not read: {_named(folder, unread)}; expected Parquet tables. {_way(folder)}"


def _way(folder: Path) -> str:
    return (
        f"`nba tables --config training.yaml --data {folder} --out OUT` makes tables of CSV, JSON and others,"
        " zipped or not; then `nba import OUT`."
    )


def _files_of(folder: Path, table: str) -> tuple[Path, ...]:
    single = folder / f"{table}{_PARQUET}"
    return (*([single] if single.is_file() else []), *sorted((folder / table).glob(f"**/*{_PARQUET}")))


def _is_data(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in _DATA and path.name not in _BESIDE and not hidden and path.is_file()


def _named(folder: Path, paths: tuple[Path, ...]) -> str:
    names = ", ".join(str(path.relative_to(folder)) for path in paths[:_SHOWN])
    return f"{names} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else names

"""What stands in a folder of files, column by column.

Reads CSV, JSON and Parquet as training does, so what is found here is found there. Knows files and types;
guesses nothing (``guesses.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

from models.errors import TrainingDataError
from training.config import Source
from training.data.sources import READERS, relation
from training.starter.names import identifier

MOST_VALUES: Final = 60
"""A column with more different values is no list of words."""

DATE_FORMATS: Final = (
    "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y%m%d",
    "%d-%m-%Y",
)  # fmt: skip
"""Tried where a column is no ISO time; the first that every row fits, if no other fits as well."""


YES: Final = ("true", "1", "yes", "y", "ja", "j", "oui", "o", "sí", "si", "s")
"""What says yes in a column of yes and no."""
_FLAGS: Final = (
    {"0", "1"}, {"yes", "no"}, {"y", "n"}, {"true", "false"}, {"ja", "nein"}, {"j", "n"}, {"oui", "non"},
    {"o", "n"}, {"sí", "no"}, {"si", "no"}, {"s", "n"},
)  # fmt: skip


class Kind(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"  # true and false, 0 and 1, yes and no in a few languages
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, and what its rows hold.

    ``values``: its different values as texts, the commonest first, where there are few; ``format``: of times
    that are written in a way of their own; ``distinct``: how many different values there are.
    """

    name: str
    kind: Kind
    rows: int
    distinct: int
    values: tuple[str, ...] = ()
    format: str = ""
    whole: bool = False
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProfile:
    """A file and its columns.

    ``source``: its name in SQL; ``written``: encoding, delimiter and types, in words.
    """

    path: Path
    source: str
    rows: int
    columns: tuple[Column, ...]
    written: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def profiles(folder: Path) -> list[FileProfile]:
    """Every file of the folder that training can read.

    Raises:
        TrainingDataError: there is none, or one cannot be read.
    """
    if not folder.is_dir():
        raise TrainingDataError(f"the data folder {folder} does not exist. Pass --data FOLDER.")
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() and _readable(path)]
    if not paths:
        raise TrainingDataError(
            f"{folder} has no file of {', '.join(READERS)}. Export your customers and what was done to them"
            " as CSV or Parquet, one file a table, and put them there."
        )
    names = _names(paths)
    with TemporaryDirectory() as scratch, closing(duckdb.connect(":memory:")) as connection:
        return [
            _profile(connection, path, name, Path(scratch)) for path, name in zip(paths, names, strict=True)
        ]


def _readable(path: Path) -> bool:
    return any(path.name.lower().endswith(ending) for ending in READERS)


def _names(paths: Sequence[Path]) -> list[str]:
    names: list[str] = []
    for path in paths:
        name = identifier(path.name.partition(".")[0])
        names.append(name if name not in names else f"{name}_{len(names)}")
    return names


def _profile(connection: Any, path: Path, name: str, scratch: Path) -> FileProfile:
    try:
        found = relation(connection, name, Source(files=(path.name,)), [path], scratch)
        described = connection.execute(f"DESCRIBE SELECT * FROM {found.sql}").fetchall()  # noqa: S608 - paths and names are quoted
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {found.sql}").fetchall()  # noqa: S608
        columns = [_column(connection, found.sql, row[0], row[1]) for row in described]
    except duckdb.Error as error:
        raise TrainingDataError(f"{path.name}: {str(error).splitlines()[0]} Correct the file.") from error
    return FileProfile(
        path=path, source=name, rows=rows, columns=tuple(columns), written=found.found.partition(";")[0]
    )


def _column(connection: Any, sql: str, name: str, kind: str) -> Column:
    quoted = '"' + name.replace('"', '""') + '"'
    one = connection.execute(
        f"SELECT count({quoted}), count(DISTINCT {quoted}) FROM {sql}"  # noqa: S608 - names are quoted
    ).fetchone()
    rows, distinct = int(one[0]), int(one[1])
    values: tuple[str, ...] = ()
    if distinct <= MOST_VALUES:
        counted = connection.execute(
            f"SELECT {quoted}::VARCHAR FROM {sql} WHERE {quoted} IS NOT NULL"  # noqa: S608 - names are quoted
            " GROUP BY 1 ORDER BY count(*) DESC, 1"
        ).fetchall()
        values = tuple(row[0] for row in counted)
    found = _kind(kind, values)
    lowest = highest = None
    if found is Kind.NUMBER:
        bounds = f"SELECT coalesce(min({quoted}), 0), coalesce(max({quoted}), 0) FROM {sql}"  # noqa: S608
        lowest, highest = map(float, connection.execute(bounds).fetchone())
    form = _date_format(connection, sql, quoted, rows) if kind == "VARCHAR" and rows else ""
    return Column(
        name=name,
        kind=Kind.TIME if form else found,
        rows=rows,
        distinct=distinct,
        values=values,
        format=form,
        whole="INT" in kind,
        lowest=lowest,
        highest=highest,
    )


def _kind(kind: str, values: Sequence[str]) -> Kind:
    if kind.startswith(("TIMESTAMP", "DATE")):
        return Kind.TIME
    words = {value.lower() for value in values}
    if kind == "BOOLEAN" or (words and words <= {"0", "1"}) or any(words == pair for pair in _FLAGS):
        return Kind.FLAG
    if any(part in kind for part in ("INT", "DECIMAL", "DOUBLE", "FLOAT")):
        return Kind.NUMBER
    return Kind.TEXT


def _date_format(connection: Any, sql: str, quoted: str, rows: int) -> str:
    """The one way in which every row is a day; none where two fit, which the user has to say."""
    tests = ", ".join(f"count(try_strptime({quoted}, '{form}'))" for form in DATE_FORMATS)
    fits = connection.execute(f"SELECT {tests} FROM {sql}").fetchone()  # noqa: S608
    fitting = [form for form, count in zip(DATE_FORMATS, fits, strict=True) if count == rows]
    return fitting[0] if len(fitting) == 1 else ""

"""Sources: files become relations whose columns have types.

Text files (CSV, JSON) get the types that all of their rows have (``text_types.py``); what was found is said.
Knows files and DuckDB; knows nothing of what is right.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.errors import TrainingDataError
from models.text_tables import TextTable, TextTableError, read_text_table
from training.config import Source
from training.data.text_types import TextColumn, text_columns
from training.data.unpacking.unpack import is_packed, unpack

CSV, JSON, PARQUET = "read_csv", "read_json", "read_parquet"
READERS: Final = {
    ".csv": CSV,
    ".csv.gz": CSV,
    ".tsv": CSV,
    ".tsv.gz": CSV,
    ".txt": CSV,
    ".zip": CSV,
    ".json": JSON,
    ".jsonl": JSON,
    ".ndjson": JSON,
    ".json.gz": JSON,
    ".jsonl.gz": JSON,
    ".ndjson.gz": JSON,
    ".parquet": PARQUET,
    ".avro": JSON,
    ".xes": JSON,
    ".xes.gz": JSON,
    ".avro.gz": JSON,
}
_FROM_TEXTS: Final = ("DATE", "TIME", "TIMESTAMP", "UUID")
"""Types that a JSON reader makes of texts by itself."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A source as SQL reads it.

    Attributes:
        sql: what stands behind FROM.
        found: how its files are written and which types they have, for people; empty for Parquet.
        hints: what keeps columns texts.
    """

    sql: str
    found: str = ""
    hints: tuple[str, ...] = ()


def relation(connection: Any, name: str, source: Source, files: Sequence[Path], scratch: Path) -> Relation:
    """A source's files as one relation.

    Args:
        connection: DuckDB's, which may read the files and ``scratch``.
        scratch: a folder for files that have to be unpacked or decoded first.

    Raises:
        TrainingDataError: a file is of no known kind, cannot be read, or can be read in two ways.
    """
    try:
        packed = [is_packed(path) for path in files]
        files = [
            unpack(path, scratch / f"{name}-unpacked-{place}") if packed[place] else path
            for place, path in enumerate(files)
        ]
    except TrainingDataError as error:
        raise TrainingDataError(f"source {name!r}: {error}") from None
    reader = _reader(name, files[0])
    if reader == PARQUET:
        return Relation(f"read_parquet({_paths(files)}, union_by_name = true)")
    if reader == JSON:
        return _json(connection, source, files)
    tables = [_table(name, source, path) for path in files]
    plain = [_plain(table, scratch / f"{name}-{index}.csv") for index, table in enumerate(tables)]
    sql = " UNION ALL BY NAME ".join(
        f"SELECT * FROM {_csv(source, table, path)}"  # noqa: S608 - names and paths are quoted
        for table, path in zip(tables, plain, strict=True)
    )
    header = dict.fromkeys(column for table in tables for column in table.first)
    texts = [column for column in header if column not in source.types]
    columns = text_columns(connection, f"({sql})", texts, source.formats, source.decimal)
    how = ", ".join(dict.fromkeys(str(table) for table in tables))
    return _typed(f"({sql})", list(header), columns, f"{how}; ", files[0].name)


def _json(connection: Any, source: Source, files: Sequence[Path]) -> Relation:
    """Every row is looked at; what JSON has as a text is a text until all rows say otherwise."""
    read = f"read_json({_paths(files)}, sample_size = -1)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()  # noqa: S608 - paths are quoted
    kinds = {row[0]: row[1] for row in described}
    texts = [column for column, kind in kinds.items() if kind.startswith(_FROM_TEXTS)]
    stated = {**kinds, **dict.fromkeys(texts, "VARCHAR"), **source.types}
    pairs = ", ".join(f"{_text(column)}: {_text(kind)}" for column, kind in stated.items())
    sql = f"read_json({_paths(files)}, columns = {{{pairs}}})"
    untyped = [column for column in texts if column not in source.types]
    columns = text_columns(connection, sql, untyped, source.formats, None)
    return _typed(sql, list(kinds), columns, "", files[0].name)


def _typed(sql: str, header: Sequence[str], columns: Sequence[TextColumn], how: str, file: str) -> Relation:
    by_name = {column.name: column for column in columns}
    values = [f"{by_name[c].sql} AS {_quoted(c)}" if c in by_name else _quoted(c) for c in header]
    kinds = ", ".join(f"{column.name} {column.kind}" for column in columns)
    hints = tuple(f"{column.hint} ({file})" for column in columns if column.hint)
    return Relation(f"(SELECT {', '.join(values)} FROM {sql})", f"{how}{kinds}", hints)  # noqa: S608 - names are quoted


def _reader(name: str, file: Path) -> str:
    suffix = "".join(file.suffixes[-2:]) if file.suffix == ".gz" else file.suffix
    reader = READERS.get(suffix.lower()) or (CSV if suffix.lower().endswith(".gz") else None)
    if reader is None:
        raise TrainingDataError(f"source {name!r}: {file.name} is none of {', '.join(READERS)}.")
    return reader


def _table(name: str, source: Source, path: Path) -> TextTable:
    try:
        table = read_text_table(path, encoding=source.encoding, delimiter=source.delimiter)
    except TextTableError as error:
        raise TrainingDataError(f"source {name!r}, file {path.name}: {error}") from None
    again = sorted({column for column in table.first if table.first.count(column) > 1})
    if again:
        raise TrainingDataError(
            f"source {name!r}, file {path.name}: expected every column once, got {', '.join(again)} again."
        )
    return table


def _plain(table: TextTable, copy: Path) -> Path:
    """The file itself, or a copy that DuckDB can read: UTF-8, and in no zip."""
    if table.packed != "zip" and table.encoding in ("utf-8", "utf-8-sig"):
        return table.path
    with table.text() as text, copy.open("w", encoding="utf-8", newline="") as file:
        shutil.copyfileobj(text, file)
    return copy


def _csv(source: Source, table: TextTable, path: Path) -> str:
    pairs = ", ".join(f"{_text(c)}: {_text(source.types.get(c, 'VARCHAR'))}" for c in table.first)
    options = {
        "columns": f"{{{pairs}}}",
        "auto_detect": "false",
        "header": "true",
        "delim": _text(table.delimiter or ("," if not any("," in c for c in table.first) else "\x1f")),
        "quote": _text('"'),
        "escape": _text('"'),
        "skip": str(table.skipped),
        "decimal_separator": _text(source.decimal or "."),
    }
    if table.packed == "gzip" and path == table.path:
        options["compression"] = _text("gzip")
    stated = ", ".join(f"{option} = {value}" for option, value in options.items())
    return f"read_csv({_text(str(path))}, {stated})"


def _paths(files: Sequence[Path]) -> str:
    return f"[{', '.join(_text(str(path)) for path in files)}]"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

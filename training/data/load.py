"""Runs the SQL of ``training.yaml`` over the data folder.

It hands back raw Arrow tables. Knows DuckDB and files; knows nothing of what a right row is
(``validate.py``). The SQL may read the sources that the file names and nothing else: outside the data folder
DuckDB may open no file, and its configuration is locked before the first query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

from models.errors import TrainingDataError
from training.config import TABLES, Source, TrainingConfig
from training.data.sources import Relation, relation

FILTERED: Final = "filtered"
"""A view of this name has ``reason`` and ``count``: what the SQL leaves out, which is told."""

_OF_TYPES = (duckdb.BinderException, duckdb.ConversionException)


def load_tables(
    config: TrainingConfig, data: Path, threads: int = 2, say: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Run every table's SQL.

    Args:
        config: the sources and the SQL.
        data: the folder that the sources' patterns are relative to.
        threads: of DuckDB.
        say: told of each text file how it is written and which types it has.

    Returns:
        Table name → Arrow table, columns as the SQL gave them; tables without SQL are left out.

    Raises:
        TrainingDataError: a source has no file, a file is broken (file, row, column), SQL fails.
    """
    with (
        TemporaryDirectory() as scratch,
        open_tables(config, data, Path(scratch), None, threads, say) as tables,
    ):
        return {table: tables.whole(table) for table in tables.sql}


@dataclass(frozen=True, slots=True)
class OpenTables:
    """A database in which the sources are views.

    ``sql``: of each table that has its sources.
    """

    sql: Mapping[str, str]
    _connection: Any
    _hints: Sequence[str]

    def whole(self, table: str) -> Any:
        """All rows of a table, as Arrow."""
        with self._explained(table):
            return self._connection.sql(f"SELECT * FROM ({self.sql[table]}\n)").to_arrow_table()  # noqa: S608 - the SQL is the user's own, in a locked database

    def stream(self, table: str, sql: str, rows: int) -> Iterator[Any]:
        """Arrow batches of at most so many rows, in the order of ``sql``, which selects from the table's."""
        with self._explained(table):
            return self._connection.sql(sql).to_arrow_reader(rows)  # type: ignore[no-any-return]

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns; none where there is no such table."""
        if table not in self.sql:
            return []
        with self._explained(table):
            return [*self._connection.sql(self.sql[table]).columns]

    @contextmanager
    def _explained(self, table: str) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise TrainingDataError(_broken(f"table {table!r}", error, (), self._hints)) from error


@contextmanager
def open_tables(
    config: TrainingConfig,
    data: Path,
    scratch: Path,
    memory: str | None = None,
    threads: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[OpenTables]:
    """The sources as views in a database of its own.

    Args:
        scratch: a folder for what is written on the way.
        memory: what DuckDB may take, such as ``512MB``; None: what it likes.

    Raises:
        TrainingDataError: a source has no file, a file is broken, a view's SQL fails.
    """
    folder = data.resolve()
    if not folder.is_dir():
        raise TrainingDataError(f"the data folder {data} does not exist. Pass --data FOLDER.")
    scratch.mkdir(parents=True, exist_ok=True)
    with closing(_connect([folder, scratch], threads, memory)) as connection:
        hints: list[str] = []
        missing = set()
        for name, source in config.sources.items():
            found = _make_view(connection, name, source, folder, scratch)
            if found is None:
                missing.add(name)
            elif found.found:
                say(f"source {name}: {found.found}")
                hints += found.hints
        for view, sql in config.views.items():
            _make_shared_view(connection, view, sql, hints)
        if FILTERED in config.views:
            _say_filtered(connection, say)
        wanted = [t for t in TABLES if t in config.tables and not names_any(config.tables[t], missing)]
        yield OpenTables({t: config.tables[t].strip().rstrip(";") for t in wanted}, connection, hints)


def source_files(config: TrainingConfig, data: Path) -> list[Path]:
    """Every file that the sources name, in order; what is missing is left out."""
    folder = data.resolve()
    if not folder.is_dir():
        return []
    return [path for source in config.sources.values() for path in _files(source, folder)]


def _connect(folders: Sequence[Path], threads: int, memory: str | None) -> Any:
    connection = duckdb.connect(":memory:", config={"threads": str(threads)})
    if memory is not None:
        connection.execute(f"SET memory_limit = {_text(memory)}")
        connection.execute(f"SET temp_directory = {_text(str(folders[-1].resolve()))}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET autoinstall_known_extensions = false")
    allowed = ", ".join(_text(f"{folder.resolve()}/") for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _make_view(connection: Any, name: str, source: Source, folder: Path, scratch: Path) -> Relation | None:
    """What the source's files are; there is a view of its name then. None: there are no files."""
    files = _files(source, folder)
    if not files:
        if source.optional:
            return None
        raise TrainingDataError(
            f"source {name!r}: no file matches {' or '.join(source.files)} in {folder}. "
            "Check --data, or the pattern in training.yaml."
        )
    number = f", row_number() OVER () AS {source.number_rows}" if source.number_rows else ""
    try:
        found = relation(connection, name, source, files, scratch)
        connection.execute(f'CREATE VIEW "{name}" AS SELECT *{number} FROM {found.sql}')  # noqa: S608 - names are checked identifiers, paths are quoted
    except duckdb.Error as error:
        raise TrainingDataError(_broken(f"source {name!r}", error, files)) from error
    return found


def _make_shared_view(connection: Any, name: str, sql: str, hints: Sequence[str]) -> None:
    try:
        connection.execute(f'CREATE VIEW "{name}" AS {sql.strip().rstrip(";")}')
    except duckdb.Error as error:
        raise TrainingDataError(_broken(f"view {name!r}", error, (), hints)) from error


def _say_filtered(connection: Any, say: Callable[[str], None]) -> None:
    """What a view of this name says that was left out: rows by reason."""
    try:
        found = connection.execute(f"SELECT reason, count FROM {FILTERED} ORDER BY 1").fetchall()  # noqa: S608 - a constant
    except duckdb.Error as error:
        raise TrainingDataError(_broken(f"view {FILTERED!r}", error, ())) from error
    for reason, count in found:
        say(f"filtered: {reason}: {count:,} rows")
    if not found:
        say("filtered: nothing")


def _files(source: Source, folder: Path) -> list[Path]:
    for pattern in source.files:
        paths = sorted(
            path for path in folder.glob(pattern) if path.is_file() and path.resolve().is_relative_to(folder)
        )
        if paths:
            return paths
    return []


def _broken(what: str, error: duckdb.Error, files: Sequence[Path], hints: Sequence[str] = ()) -> str:
    """DuckDB's message as one sentence that names file, row and column where it knows them."""
    text = str(error)
    matches: Mapping[str, re.Match[str] | None] = {
        "file": re.search(r"file ?= ?(\S+)|[Ff]ile ['\"]([^'\"]+)['\"]", text),
        "row": re.search(r"CSV Error on Line: (\d+)|line (\d+)", text),
        "column": re.search(r"converting column \"([^\"]+)\"|[Cc]olumn \"([^\"]+)\"", text),
    }
    places = [
        f"{name} {Path(value).name if name == 'file' else value}"
        for name, match in matches.items()
        if match is not None and (value := next(group for group in match.groups() if group))
    ]
    if files and not any(place.startswith("file") for place in places):
        places.insert(0, f"file {files[0].name}")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = " ".join(lines[:3]) if "CSV Error" in text else " ".join(lines[:4])
    where = f" ({', '.join(places)})" if places else ""
    typed = f" Note: {'; '.join(hints)}." if hints and isinstance(error, _OF_TYPES) else ""
    return f"{what}{where}: {reason}.{typed} Correct the file, or state the column's type under `types`."


def names_any(sql: str, names: set[str]) -> bool:
    """Whether SQL reads from one of the names."""
    """Whether SQL reads from one of the names."""
    return any(re.search(rf"\b{re.escape(name)}\b", sql) for name in names)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

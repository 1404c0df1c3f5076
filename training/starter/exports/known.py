"""Which tool an export is of, by its files and columns.

Each tool is described in a YAML file next to this module: how its files are recognised, and the SQL that
makes events of them. Knows files and columns; guesses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import yaml

from models.errors import TrainingDataError
from training.config import Source
from training.data.sources import relation

NAMES: Final = (
    "braze_currents",
    "ga4",
    "hubspot",
    "klaviyo",
    "mailchimp",
    "salesforce_marketing_cloud",
    "segment",
    "snowplow",
    "xes",
)
"""From the most particular on: the first that fits is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSource:
    """Files of an export.

    ``holds``: column → members that it must have as an object.
    """

    name: str
    patterns: tuple[str, ...]
    columns: tuple[str, ...]
    holds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How one tool's export becomes events.

    Attributes:
        page: what has to be exported, for people.
        mail: whether it tells of mails that were sent, so that there are decisions.
        events: SQL of ``event_id, customer_id, occurred_at, kind, campaign, link, machine``; ``{rows}``
            stands for the union of ``parts`` that are there.
    """

    name: str
    label: str
    page: str
    mail: bool
    sources: tuple[ExportSource, ...]
    events: str
    parts: Mapping[str, str]
    formats: Mapping[str, str]
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class Recognised:
    """An export in a folder: source → the pattern that matched."""

    export: Export
    files: Mapping[str, str]

    @property
    def sql(self) -> str:
        """The events, of the files that are there."""
        parts = [sql for name, sql in self.export.parts.items() if name in self.files]
        return self.export.events.replace("{rows}", " UNION ALL ".join(parts)).strip()


def load_export(name: str) -> Export:
    """The description of a tool."""
    read = yaml.safe_load((files("training.starter.exports") / f"{name}.yaml").read_text(encoding="utf-8"))
    sources = tuple(
        ExportSource(
            name=source,
            patterns=tuple(said["file"]),
            columns=tuple(said["columns"]),
            holds={column: tuple(members) for column, members in said.get("holds", {}).items()},
            optional=said.get("optional", False),
        )
        for source, said in read["sources"].items()
    )
    return Export(
        name=name,
        label=read["label"],
        page=read["page"],
        mail=read.get("mail", False),
        sources=sources,
        events=read["events"],
        parts=read.get("parts", {}),
        formats=read.get("formats", {}),
        time_zone=read.get("time_zone"),
    )


def recognise(folder: Path, names: Sequence[str] = NAMES) -> Recognised | None:
    """The tool whose export lies in a folder; None: none of those that are known.

    Raises:
        TrainingDataError: one tool was named, and its files are not there: says which.
    """
    with TemporaryDirectory() as scratch, closing(duckdb.connect(":memory:")) as connection:
        columns = _Columns(connection, folder, Path(scratch))
        for name in names:
            export = load_export(name)
            found = {source.name: columns.matching(source) for source in export.sources}
            missing = [s for s in export.sources if found[s.name] is None and not s.optional]
            if not missing:
                there = {source: pattern for source, pattern in found.items() if pattern is not None}
                return Recognised(export, there)
            if len(names) == 1:
                wanted = "; ".join(
                    f"{' or '.join(s.patterns)} with {', '.join((*s.columns, *s.holds))}" for s in missing
                )
                raise TrainingDataError(
                    f"{folder}: expected an export of {export.label} ({export.page}): {wanted}. Not there."
                )
    return None


class _Columns:
    """The columns of files, read once."""

    def __init__(self, connection: Any, folder: Path, scratch: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._scratch = scratch
        self._known: dict[Path, Mapping[str, str]] = {}

    def matching(self, source: ExportSource) -> str | None:
        """The first pattern whose first file has the columns."""
        for pattern in source.patterns:
            for path in self._files(pattern):
                kinds = self._of(path)
                members = all(
                    f"{member} " in kinds.get(column, "").replace('"', "")
                    for column, all_of in source.holds.items()
                    for member in all_of
                )
                if set(source.columns) <= set(kinds) and members:
                    return pattern if self._alone(pattern, path) else str(path.relative_to(self._folder))
        return None

    def _alone(self, pattern: str, path: Path) -> bool:
        """Whether every file of a pattern has the columns of this one."""
        first = self._of(path)
        return all(
            set(self._of(other)) & set(first) == set(first) for other in list(self._files(pattern))[:20]
        )

    def _files(self, pattern: str) -> Iterator[Path]:
        return iter(sorted(path for path in self._folder.glob(pattern) if path.is_file()))

    def _of(self, path: Path) -> Mapping[str, str]:
        if path not in self._known:
            try:
                found = relation(
                    self._connection,
                    f"f{len(self._known)}",
                    Source(files=(path.name,)),
                    [path],
                    self._scratch,
                )
                described = self._connection.execute(f"DESCRIBE SELECT * FROM {found.sql}").fetchall()  # noqa: S608 - paths are quoted
                self._known[path] = {row[0]: row[1] for row in described}
            except (TrainingDataError, duckdb.Error):
                self._known[path] = {}  # of no tool that is known; reading it as a table will say why
        return self._known[path]

"""A page before it is drawn.

Its finding, its values and its tables. The same tables are the ``Numbers`` of the page, its CSV and its
JSON. Knows nothing of screens.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from nba_service.console.wording import Words

Cell = str | float | int | bool | datetime | None
NUMBERS: Final = frozenset({"count", "money", "percent", "points", "number", "ratio"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    ``key`` in CSV, JSON and the words; ``kind`` says how a cell is printed.
    """

    key: str
    kind: str = "text"

    @property
    def numeric(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows behind a drawing.

    ``name``: in the address of the CSV and in the words.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]

    def records(self) -> list[dict[str, Cell]]:
        """The rows as JSON has them."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]

    def to_csv(self) -> str:
        """With a head of keys; a text that a spreadsheet would compute is made a text (``'=…``)."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column.key for column in self.columns])
        writer.writerows([[_csv_cell(cell) for cell in row] for row in self.rows])
        return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A link of the bar that changes the address.

    ``current``: it is what is shown.
    """

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a screen found.

    Attributes:
        template: file name, without its ending.
        finding: the headline; ``lede``: what else to know, two lines at most.
        values: for the template.
        tables: the first one is what ``.csv`` gives if no other is asked for.
        age: how old the data is, ready to print; ``stale``: it is too old.
        periods: choices of the bar.
    """

    template: str
    finding: str
    lede: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    age: str = ""
    stale: bool = False
    periods: tuple[Choice, ...] = ()

    def table(self, name: str | None) -> Table | None:
        """A table by its name; the first if none is given."""
        if name is None:
            return self.tables[0] if self.tables else None
        return next((table for table in self.tables if table.name == name), None)

    def to_json(self) -> dict[str, object]:
        return {
            "finding": self.finding,
            "lede": self.lede,
            "age": self.age,
            "tables": {table.name: table.records() for table in self.tables},
        }


def shown(words: Words, column: Column, cell: Cell) -> str:
    """A cell as a page prints it."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return words("yes" if cell else "no")
    if isinstance(cell, datetime):
        return words.time(cell) if column.kind == "time" else words.day(cell, year=True)
    if isinstance(cell, int | float):
        return _number(words, column.kind, cell)
    return cell


def _number(words: Words, kind: str, cell: float) -> str:
    if kind == "money":
        return words.number(cell, 2)
    if kind == "percent":
        return words.percent(cell, 2)
    digits = {"count": 0, "points": 1, "ratio": 3}.get(kind, 2)
    return words.number(cell, digits)


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return cell

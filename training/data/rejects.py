"""Rejects: rows that training does not use, each kept with its reason.

Nothing is dropped in silence. Knows masks over rows and how they are written down; knows no table's rules
(``validate.py``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.arrays import Mask
from models.errors import TrainingDataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One row that is not used.

    ``row`` counts from 1 in the result of the table's SQL.
    """

    table: str
    row: int
    id: str | None
    column: str
    reason: str


class RowsRejectedError(TrainingDataError):
    """More rows of a table are rejected than may be.

    ``rejects``: every one of them, of all tables.
    """

    def __init__(self, message: str, rejects: Sequence[Reject]) -> None:
        super().__init__(message)
        self.rejects = rejects


@dataclass(slots=True)
class Checks:
    """Collects what is wrong with the rows of one table.

    The first reason found is a row's reason. ``ids``: the column of the rows' ids.
    """

    table: str
    ids: Any
    rejects: list[Reject] = field(default_factory=list)
    _bad: Mask = field(init=False)

    def __post_init__(self) -> None:
        self._bad = np.zeros(len(self.ids), dtype=bool)

    def refuse(self, bad: Mask, column: str, reason: str | Callable[[int], str]) -> None:
        """Reject the rows where ``bad``; ``reason`` may depend on the row (its position from 0)."""
        for row in np.flatnonzero(bad & ~self._bad).tolist():
            text = reason if isinstance(reason, str) else reason(row)
            self.rejects.append(
                Reject(table=self.table, row=row + 1, id=self.ids[row].as_py(), column=column, reason=text)
            )
        self._bad |= bad

    @property
    def good(self) -> Mask:
        return ~self._bad


def summary(rejects: Iterable[Reject]) -> list[tuple[str, str, str, int]]:
    """(table, column, reason, rows), most frequent first; names in quotes inside a reason stay apart."""
    counts = Counter((reject.table, reject.column, reject.reason) for reject in rejects)
    return [(*key, number) for key, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def write_rejects(rejects: Sequence[Reject], path: Path) -> None:
    """One JSON object a line: table, row, id, column, reason."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for reject in rejects:
            line: dict[str, Any] = {
                "table": reject.table,
                "row": reject.row,
                "id": reject.id,
                "column": reject.column,
                "reason": reject.reason,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def kept_where_refused(path: Path) -> Iterator[None]:
    """Write the rejects to ``path`` where there are too many of them, and say so in the error."""
    try:
        yield
    except RowsRejectedError as error:
        write_rejects(error.rejects, path)
        raise RowsRejectedError(f"{error} Every rejected row: {path}", error.rejects) from error

"""Reads an audience.

One id a line, or a text table with a header, in any usual encoding and with any usual delimiter. What could
be read in two ways is refused and says what to state. Knows files; knows nothing of mails.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.text_tables import TextTable, TextTableError, read_text_table
from nba_service.errors import AudienceError

IDS: Final = ("customer_id", "recipient", "external_id", "email")
"""Columns that may hold the ids, the first that is there; however they are written (``Customer ID``)."""

LOCALE: Final = "locale"
_LIKE_AN_ID: Final = re.compile(r"[0-9@]")


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """One row of an audience; ``values``: its columns as they came."""

    line: int
    recipient: str
    values: Mapping[str, str]
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """An audience that was read.

    Attributes:
        found: how the file is written, for people.
        header: its columns, in order.
        id_column: the one with the ids.
        members: its rows; of a row that is wrong its line and why.
        repeated: how many ids came again.
    """

    found: str
    header: tuple[str, ...]
    id_column: str
    members: tuple[AudienceMember | tuple[int, str], ...]
    repeated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What is known of a file beforehand; None: it is found."""

    encoding: str | None = None
    delimiter: str | None = None
    id_column: str | None = None
    header: bool | None = None


def read_audience(path: Path, stated: Stated | None = None) -> Audience:
    """An audience and its members.

    Raises:
        AudienceError: it cannot be read, can be read in two ways, has a column twice, or none with ids.
    """
    stated = stated or Stated()
    try:
        table = read_text_table(path, encoding=stated.encoding, delimiter=stated.delimiter)
        records = [(line, cells) for line, cells in table.records() if any(cell.strip() for cell in cells)]
    except TextTableError as error:
        raise AudienceError(f"{path}: {error}") from None
    if not records:
        raise AudienceError(f"{path}: expected at least one id, got nothing.")
    header = tuple(name.strip() for name in records[0][1])
    column = _id_column(path, header, stated.id_column)
    if column is None and len(header) == 1 and not _is_header(path, records, stated.header):
        header, column = IDS[:1], 0
    elif column is None:
        raise AudienceError(
            f"{path}: expected one of the columns {', '.join(IDS)}, got {', '.join(header)[:100]}."
            " State which has the ids (--id-column), or the delimiter."
        )
    else:
        records = records[1:]
    _refuse_repeated(path, header)
    return _audience(table, header, column, records)


def _audience(
    table: TextTable, header: tuple[str, ...], column: int, records: Sequence[tuple[int, list[str]]]
) -> Audience:
    locale = next((name for name in header if _plain(name) == LOCALE), "")
    members = tuple(_member(header, column, locale, cells, line) for line, cells in records)
    counts = Counter(member.recipient for member in members if isinstance(member, AudienceMember))
    return Audience(
        found=f"{table}; ids in {header[column]!r}",
        header=header,
        id_column=header[column],
        members=members,
        repeated=sum(counts.values()) - len(counts),
    )


def _id_column(path: Path, header: Sequence[str], stated: str | None) -> int | None:
    if stated is not None:
        if stated not in header:
            raise AudienceError(f"{path}: expected the column {stated!r}, got {', '.join(header)[:100]}.")
        return header.index(stated)
    plain = [_plain(name) for name in header]
    return next((plain.index(_plain(name)) for name in IDS if _plain(name) in plain), None)


def _is_header(path: Path, records: Sequence[tuple[int, list[str]]], stated: bool | None) -> bool:
    """Whether the first line of the only column, which no known name stands in, is a header."""
    if stated is not None:
        return stated
    first, others = records[0][1][0], [cells[0] for _, cells in records[1:]]
    if not _LIKE_AN_ID.search(first) and others and all(_LIKE_AN_ID.search(text) for text in others):
        raise AudienceError(
            f"{path}: the first line, {first[:60]!r}, may be a header or an id."
            f" State --id-column {first.strip()[:60]!r} or --no-header."
        )
    return False


def _refuse_repeated(path: Path, header: Sequence[str]) -> None:
    repeated = [repr(name) for name, number in Counter(header).items() if number > 1]
    if repeated:
        raise AudienceError(
            f"{path}: expected every column once, got {', '.join(repeated)[:100]} again. Rename one."
        )


def _member(
    header: tuple[str, ...], column: int, locale: str, cells: list[str], line: int
) -> AudienceMember | tuple[int, str]:
    if len(cells) != len(header):
        return line, f"expected {len(header)} columns, got {len(cells)}"
    values = dict(zip(header, cells, strict=True))
    return AudienceMember(line, cells[column].strip(), values, values.get(locale, "").strip())


def _plain(name: str) -> str:
    """A column's name without case, blanks and signs."""
    return re.sub(r"[\W_]", "", name).casefold()

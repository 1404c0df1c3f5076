"""Lists for tools that cannot call.

A decision for everybody of an audience, as columns to import. The audience is one id a line, or a CSV file
with a header. What a spreadsheet would take for a formula is defused. Decisions are made as for mails that
are fetched, so the same list again decides nothing anew, and a mail that is fetched later shows the same.
Knows files and rows; knows nothing of terminals.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nba_service.errors import AudienceError, Problem
from nba_service.mail.calls import Mail, MailCall, MailReason
from nba_service.mail.request_values import read_call

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

PREFIX: Final = "NBA_"
COLUMNS: Final = {
    "TITLE": "title",
    "BODY": "body",
    "IMAGE": "image_url",
    "LINK": "click_url",
    "DECISION_ID": "decision_id",
    "REASON": "reason",
    "OPEN_IMAGE": "open_image_url",
    "OPEN_LINK": "open_click_url",
}
"""Merge field (after the prefix) → what it holds."""

_IDS: Final = ("customer_id", "recipient", "external_id", "email")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MOST_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """One row of an audience; ``values``: its columns."""

    line: int
    recipient: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListResult:
    """What became of an audience.

    ``bad``: line and what is wrong with it.
    """

    written: int
    decided: int
    bad: tuple[tuple[int, str], ...]


def read_audience(path: Path) -> tuple[tuple[str, ...], list[AudienceMember | tuple[int, str]]]:
    """Columns of an audience and its members; a row that is wrong is its line and why.

    Raises:
        AudienceError: it cannot be read, is no UTF-8, or has no column with ids.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise AudienceError(f"{path}: expected at most 1 GB, got more. Split the list.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            first = next(reader, [])
            header = tuple(name.strip() for name in first)
            column = next((header.index(name) for name in _IDS if name in header), None)
            if column is None and len(header) > 1:
                raise AudienceError(
                    f"{path}: expected one of the columns {', '.join(_IDS)}, got {', '.join(header)[:100]}."
                )
            if column is None:
                rows = [
                    _member((_IDS[0],), 0, row, line) for row, line in [(first, 1), *_rows(reader)] if row
                ]
                return (_IDS[0],), rows
            return header, [_member(header, column, row, line) for row, line in _rows(reader) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AudienceError(f"{path}: expected a CSV file in UTF-8 that can be read, got {error}.") from None


def write_list(
    audience: tuple[tuple[str, ...], Sequence[AudienceMember | tuple[int, str]]],
    out: Path,
    decide: Callable[[MailCall], Mail],
    *,
    placement: str,
    shared: Mapping[str, object],
    prefix: str = PREFIX,
    step: Callable[[], None] = lambda: None,
) -> ListResult:
    """Decide for everybody and write the list, whole or not at all.

    Args:
        decide: what the mail of a call shows.
        shared: parameters for all, such as ``message_id``; a row's ``locale`` wins.
        step: called after each row.

    Raises:
        AudienceError: the file cannot be written, or a column has a merge field's name.
    """
    header, rows = audience
    names = [prefix + name for name in COLUMNS]
    if taken := sorted(set(names) & set(header)):
        raise AudienceError(
            f"Expected an audience without {', '.join(taken)}, got it. Choose another --prefix."
        )
    bad: list[tuple[int, str]] = []
    counts = {"written": 0, "decided": 0}

    def lines() -> Iterator[list[str]]:
        yield [*header, *names]
        for row in rows:
            mail = row if isinstance(row, tuple) else _mail(row, decide, placement, shared)
            step()
            if isinstance(row, tuple) or isinstance(mail, tuple):
                bad.extend([mail] if isinstance(mail, tuple) else [])
                continue
            counts["written"] += 1
            counts["decided"] += mail.reason in (MailReason.DECIDED, MailReason.NOTHING)
            own = [row.values.get(name, "") for name in header]
            yield [*own, *(getattr(mail, name) for name in COLUMNS.values())]

    _write(out, ([defused(text) for text in line] for line in lines()))
    return ListResult(counts["written"], counts["decided"], tuple(bad))


def defused(text: str) -> str:
    """The text so that no spreadsheet computes it: an apostrophe before what could begin a formula.

    Example:
        >>> defused("=1+1"), defused("plain")
        ("'=1+1", 'plain')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _mail(
    row: AudienceMember, decide: Callable[[MailCall], Mail], placement: str, shared: Mapping[str, object]
) -> Mail | tuple[int, str]:
    locale = {"locale": row.values["locale"]} if row.values.get("locale") else {}
    try:
        return decide(read_call(placement, {**shared, **locale, "recipient": row.recipient}))
    except Problem as problem:
        return row.line, str(problem)


def _rows(reader: CsvReader) -> Iterator[tuple[list[str], int]]:
    for row in reader:
        yield row, reader.line_num


def _member(
    header: tuple[str, ...], column: int, row: list[str], line: int
) -> AudienceMember | tuple[int, str]:
    if len(row) != len(header):
        return line, f"expected {len(header)} columns, got {len(row)}"
    return AudienceMember(line, row[column].strip(), dict(zip(header, row, strict=True)))


def _write(out: Path, lines: Iterator[list[str]]) -> None:
    """All lines, under the name only when they are all there."""
    name = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=out.parent, prefix=f".{out.name}.", delete=False
        ) as file:
            name = file.name
            csv.writer(file).writerows(lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, out)
    except OSError as error:
        raise AudienceError(f"{out}: expected a file that can be written, got {error.strerror}.") from None
    finally:
        if name is not None:
            with suppress(OSError):
                os.unlink(name)

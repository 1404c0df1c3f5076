"""Reads rows of availability from a CSV file.

The same checks as for calls follow; here are only the file, its columns and its words.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from models.configurations.availability import EVERYWHERE
from nba_service.decisions.configurations.rows import COLUMNS, AvailabilityCall
from nba_service.errors import TransferError

MOST_FILE_ROWS: Final = 200_000
_WORDS: Final = {
    **dict.fromkeys(("yes", "true", "1", "y", ""), True),
    **dict.fromkeys(("no", "false", "0", "n"), False),
}


def read_rows(file: Path) -> Iterator[AvailabilityCall]:
    """The rows of a CSV file in UTF-8 with a header; comma, semicolon or tab between columns.

    Raises:
        TransferError: a column is missing or not known, a value is no yes or no, or there are too many rows.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header = stream.readline()
            delimiter = max(",;\t", key=header.count)
            stream.seek(0)
            reader = csv.DictReader(stream, delimiter=delimiter, strict=True)
            _check_header(file, reader.fieldnames or [])
            for number, row in enumerate(reader, start=2):
                if number > MOST_FILE_ROWS + 1:
                    raise TransferError(
                        f"{file}: expected at most {MOST_FILE_ROWS} rows, got more. Part the file."
                    )
                yield _row(file, number, row)
    except UnicodeDecodeError as error:
        raise TransferError(f"{file}: expected UTF-8, got byte {error.start} that is none.") from error
    except csv.Error as error:
        raise TransferError(f"{file}: expected CSV, got a line that is none ({error}).") from error


def _check_header(file: Path, names: object) -> None:
    given = [str(name).strip() for name in names] if isinstance(names, list) else []
    strange = [name for name in given if name not in COLUMNS]
    missing = [name for name in ("option", "choice") if name not in given]
    if strange or missing or len(set(given)) < len(given):
        raise TransferError(
            f"{file}: expected a header with option, choice and any of {', '.join(COLUMNS[2:])}, each once;"
            f" got {', '.join(given) or 'nothing'}."
        )


def _row(file: Path, number: int, row: Mapping[str | None, str | None]) -> AvailabilityCall:
    if None in row or None in row.values():
        raise TransferError(f"{file}, line {number}: expected a value for each column, got others.")
    values = {str(name).strip(): (value or "").strip() for name, value in row.items()}
    word = values.get("available", "").lower()
    if word not in _WORDS:
        raise TransferError(f"{file}, line {number}: available: expected yes or no, got {word[:20]!r}.")
    return AvailabilityCall(
        option=values["option"],
        choice=values["choice"],
        region=values.get("region") or EVERYWHERE,
        available=_WORDS[word],
        first=values.get("from") or None,
        last=values.get("until") or None,
    )

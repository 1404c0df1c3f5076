"""Rows as records of the journal, and back.

Knows the rows and how each write is spelled as JSON; knows nothing of files or of the store. A record that a
later version wrote may have fields that this one does not know: they are left out.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import orjson

from nba_service.store.identity.tombstones import ids_of
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow, Seat

Row = CustomerRow | InteractionRow | OutcomeRow | DecisionRow

_ROWS: Final[Mapping[str, type[Row]]] = {
    "customers": CustomerRow,
    "interactions": InteractionRow,
    "outcomes": OutcomeRow,
    "decisions": DecisionRow,
    "corrections": DecisionRow,
}
_STATE: Final = "state"  # the one column of bytes
_TEXTS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')

UNKNOWN_MS: Final = 1
"""When a record was journaled that does not say so: before every erasure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One write that waits.

    ``kind``: ``customers``, ``interactions``, ``outcomes``, ``decisions``; ``corrections``: decisions that
    were answered otherwise than an attempt to store them says; ``erase``: forget ``customer_id``.
    ``seats``: decision id → what it takes of scarce channels.
    """

    kind: str
    rows: tuple[Row, ...] = ()
    customer_id: str = ""
    at: int = 0
    seats: Mapping[str, tuple[Seat, ...]] | None = None


def write_record(record: Record) -> bytes:
    """The record as the journal keeps it."""
    value: dict[str, object] = {"kind": record.kind, "rows": [_plain(row) for row in record.rows]}
    if record.kind == "erase":
        value |= {"customer_id": record.customer_id, "at": record.at}
    if record.seats:
        value["seats"] = {key: [asdict(seat) for seat in seats] for key, seats in record.seats.items()}
    return orjson.dumps(value)


def read_record(payload: bytes) -> Record:
    """The record; the inverse of ``write_record``.

    Raises:
        ValueError, TypeError, KeyError: it is none that this version knows.
    """
    value = orjson.loads(payload)
    kind = value["kind"]
    if kind == "erase":
        return Record(kind=kind, customer_id=value["customer_id"], at=value["at"])
    known = {field.name for field in fields(_ROWS[kind])}
    rows = tuple(
        _ROWS[kind](
            **{"journaled_at": UNKNOWN_MS}
            | {name: _back(name, item) for name, item in row.items() if name in known}
        )
        for row in value["rows"]
    )
    seats = {key: tuple(Seat(**seat) for seat in taken) for key, taken in value.get("seats", {}).items()}
    return Record(kind=kind, rows=rows, seats=seats or None)


def journaled(record: Record, at: int) -> Record:
    """The record as it is put into the journal at ``at`` (ms since 1970 UTC)."""
    return replace(record, rows=tuple(replace(row, journaled_at=at) for row in record.rows))


def named_in(line: bytes) -> dict[str, int]:
    """The ids in a record that was set aside, and since when (ms) it waits.

    All texts of what cannot be read.
    """
    try:
        record = read_record(line)
    except (ValueError, TypeError, KeyError):
        return {_plain_text(text): UNKNOWN_MS for text in _TEXTS.findall(line)}
    return {one: row.journaled_at for row in record.rows for one in ids_of(row)}


def lines_without_erased(
    lines: Sequence[bytes], erased_at: Mapping[str, int], kept_since: int
) -> list[bytes]:
    """Records that were set aside without those about somebody who was erased since.

    What waited since before ``kept_since`` (ms) goes as well: nobody can tell any more.
    """

    def stays(named: Mapping[str, int]) -> bool:
        return not any(
            since <= erased_at.get(one, -1) or UNKNOWN_MS < since < kept_since for one, since in named.items()
        )

    rest: list[bytes] = []
    for line in lines:
        if stays(named_in(line)):
            rest.append(line)
            continue
        with suppress(ValueError, TypeError, KeyError):
            record = read_record(line)
            rows = [row for row in record.rows if stays(dict.fromkeys(ids_of(row), row.journaled_at))]
            if rows:
                rest.append(write_record(replace(record, rows=tuple(rows))))
    return rest


def without_person(records: Sequence[Record], customer_id: str, names: Iterator[str]) -> list[Record]:
    """The records without a person; ``names``: ids of nobody."""
    decided = {
        row.decision_id
        for record in records
        for row in record.rows
        if isinstance(row, DecisionRow) and _is_about(row, customer_id)
    }
    nobody = next(names)
    named = dict(zip(sorted(decided), names, strict=False))
    anonymous = []
    for record in records:
        rows = tuple(
            _anonymous(row, customer_id, nobody, named)
            for row in record.rows
            if isinstance(row, DecisionRow) or row.customer_id != customer_id
        )
        if rows or record.kind == "erase":
            seats = {named.get(key, key): taken for key, taken in (record.seats or {}).items()}
            anonymous.append(replace(record, rows=rows, seats=seats or None))
    return anonymous


def lines_without(lines: Sequence[bytes], ids: Collection[str], names: Iterator[str]) -> list[bytes]:
    """Records that were set aside, one a line, without a person; what cannot be read and names them goes."""
    rest: list[bytes] = []
    for line in lines:
        if not any(one.encode() in line for one in ids):
            rest.append(line)
            continue
        try:
            records = [read_record(line)]
        except (ValueError, TypeError, KeyError):
            continue
        for one in ids:
            records = without_person(records, one, names)
        rest += [write_record(record) for record in records if record.customer_id not in ids]
    return rest


def _anonymous(row: Row, customer_id: str, nobody: str, named: Mapping[str, str]) -> Row:
    if isinstance(row, OutcomeRow):
        return replace(row, decision_id=named.get(row.decision_id, row.decision_id))
    if not isinstance(row, DecisionRow) or not _is_about(row, customer_id):
        return row
    return replace(
        row,
        decision_id=named[row.decision_id],
        customer_id=nobody,
        came_as=None,
        context=None,
        request=None,
        answer=None,
        state=None,
    )


def _is_about(row: DecisionRow, customer_id: str) -> bool:
    return customer_id in (row.customer_id, row.came_as)


def _plain_text(quoted: bytes) -> str:
    try:
        return str(orjson.loads(quoted))
    except ValueError:
        return quoted.decode(errors="replace")


def _plain(row: Row) -> dict[str, object]:
    value = asdict(row)
    if value.get(_STATE) is not None:
        value[_STATE] = base64.b64encode(value[_STATE]).decode()
    return value


def _back(name: str, item: Any) -> Any:
    if name == _STATE and item is not None:
        return base64.b64decode(item)
    if name == "withdraws":
        return tuple(item)
    if name == "contacts":
        return tuple((action, channel) for action, channel in item)
    return item

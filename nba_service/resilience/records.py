"""Rows as records of the journal, and back.

Knows the rows and how each write is spelled as JSON; knows nothing of files or of the store. A record that a
later version wrote may have fields that this one does not know: they are left out.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import orjson

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
        _ROWS[kind](**{name: _back(name, item) for name, item in row.items() if name in known})
        for row in value["rows"]
    )
    seats = {key: tuple(Seat(**seat) for seat in taken) for key, taken in value.get("seats", {}).items()}
    return Record(kind=kind, rows=rows, seats=seats or None)


def without_person(records: Sequence[Record], customer_id: str, names: Iterator[str]) -> list[Record]:
    """The records without a person; ``names``: ids of nobody."""
    decided = {
        row.decision_id
        for record in records
        for row in record.rows
        if isinstance(row, DecisionRow) and row.customer_id == customer_id
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
    if not isinstance(row, DecisionRow) or row.customer_id != customer_id:
        return row
    return replace(
        row,
        decision_id=named[row.decision_id],
        customer_id=nobody,
        context=None,
        request=None,
        answer=None,
        state=None,
    )


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

"""Stores what waits in the journal, in order, exactly once.

Knows which write each record is, and that a write may have been done before (a crash between the store's
commit and the checkpoint): every one is idempotent by its ids. A record that the store refuses for what it
holds is set aside in ``refused`` and said, so that it cannot hold up all that come after it. What names
somebody who was erased after it was journaled is left out, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import structlog

from nba_service.clock import system_ms
from nba_service.errors import StoreRefusalError
from nba_service.resilience.journal import Journal
from nba_service.resilience.journal_reading import Entry
from nba_service.resilience.records import (
    UNKNOWN_MS,
    Record,
    lines_without_erased,
    named_in,
    read_record,
    write_record,
)
from nba_service.store.identity.tombstones import KEPT_DAYS, KEPT_MS
from nba_service.store.interface import Store
from nba_service.store.rows import Claim, DecisionRow, Seat, Written

log = structlog.get_logger(__name__)

_TOGETHER: Final = 500  # rows of one transaction
_NO_LIMIT: Final = 2**31 - 1
_ANY_ORDER: Final = ("decisions", "interactions", "outcomes")
_ALONE: Final = ("customers", "erase")


@dataclass(slots=True)
class Counts:
    """What became of records since this process started."""

    replayed: int = 0
    refused: int = 0
    damaged: int = 0
    dropped: int = 0


class RefusedCleaner:
    """Takes the erased, of whichever host, out of what was set aside."""

    def __init__(self, journal: Journal, store: Store, now_ms: Callable[[], int]) -> None:
        self._journal = journal
        self._store = store
        self._now_ms = now_ms
        self._cleaned = (0, 0)  # the last erasure that the file was cleaned for, and its size then

    def run(self) -> None:
        """Clean the file, if somebody was erased or something was set aside since it was done last."""
        refused = self._journal.refused
        if refused.empty:
            self._cleaned = (0, 0)
            return
        now = (self._store.last_erasure(), refused.size)
        if now == self._cleaned:
            return
        erased_at = self._store.erased_at({one for line in refused.lines() for one in named_in(line)})
        since = self._now_ms() - KEPT_MS
        with self._journal.files.locked():
            refused.rewrite(lambda lines: lines_without_erased(lines, erased_at, since))
        self._cleaned = (now[0], refused.size)


class Replay:
    """Empties a journal into a store."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        id_maker: Callable[[], str],
        *,
        now_ms: Callable[[], int] = system_ms,
        dropped: Callable[[str, int], None] = lambda _reason, _rows: None,
    ) -> None:
        """Prepare a replay.

        Args:
            now_ms: the present moment, in ms since 1970 UTC.
            dropped: is told why (``erased``, ``expired``) and how many rows were not stored.
        """
        self._journal = journal
        self._store = store
        self._id_maker = id_maker
        self._now_ms = now_ms
        self._dropped = dropped
        self.refused = RefusedCleaner(journal, store, now_ms)
        self.counts = Counts()

    def run(self, progress: Callable[[], None] = lambda: None) -> bool:
        """Replay until the journal is empty; whether it is. Another process may be at it.

        Args:
            progress: called whenever something was stored.

        Raises:
            StoreError: the store does not answer; what is left waits.
        """
        with self._journal.replaying() as alone:
            while alone and not self._journal.empty:
                entries = self._journal.entries()
                if entries:
                    self._round(entries, progress)
                else:
                    self._journal.remove_if_done()
        return self._journal.empty

    def _round(self, entries: Sequence[Entry], progress: Callable[[], None]) -> None:
        for stretch in _stretches(list(self._read(entries))):
            with self._journal.storing() as still_there:
                if not still_there:  # an erasure has rewritten it
                    return
                for group in _by_kind([record for record, _ in stretch]):
                    self._apply_group(group)
                self.counts.replayed += len(stretch)
                self._journal.replayed(stretch[-1][1])
            progress()
        with self._journal.storing() as still_there:
            if still_there:
                self._journal.replayed(entries[-1].end)

    def _read(self, entries: Sequence[Entry]) -> Iterator[tuple[Record, int]]:
        for entry in entries:
            if entry.payload is None:
                self.counts.damaged += 1
                log.error("journal_damaged", detail="records that were damaged on the disk are lost")
                continue
            try:
                record = read_record(entry.payload)
            except (ValueError, TypeError, KeyError):
                self._set_aside(entry.payload, "RECORD_UNKNOWN")
                continue
            yield self._without_expired(record), entry.end

    def _without_expired(self, record: Record) -> Record:
        """The record without rows that waited so long that nobody can tell whether they were erased."""
        since = self._now_ms() - KEPT_MS
        rows = tuple(row for row in record.rows if not UNKNOWN_MS < row.journaled_at < since)
        if len(rows) == len(record.rows):
            return record
        log.error("journal_record_expired", detail=f"rows that waited for more than {KEPT_DAYS} days")
        self._drop("expired", len(record.rows) - len(rows))
        return replace(record, rows=rows)

    def _drop(self, reason: str, number: int) -> None:
        if number:
            self.counts.dropped += number
            self._dropped(reason, number)

    def _note(self, written: Written) -> bool:
        """Whether all was taken; what was left out is counted."""
        self._drop("erased", written.erased)
        return not written.conflicts

    def _apply_group(self, records: Sequence[Record]) -> None:
        """Together if that works, else one by one: a record may be refused, but not for its neighbours."""
        try:
            if self._apply(_joined(records)):
                return
        except StoreRefusalError:
            pass
        for record in records:
            for single in _singles(record):
                self._apply_one(single)

    def _apply_one(self, record: Record) -> None:
        try:
            if self._apply(record):
                return
            reason = "IDEMPOTENCY_MISMATCH"
        except StoreRefusalError as error:
            reason = error.code
        self._set_aside(write_record(record), reason)

    def _apply(self, record: Record) -> bool:
        """Whether the store took it; False: an id holds another content."""
        rows: Any = record.rows
        if record.kind == "erase":
            self._store.erase(record.customer_id, self._nobody(), record.at)
        elif record.kind == "customers":
            return self._note(self._store.put_customers(rows))
        elif record.kind == "interactions":
            return self._note(self._store.add_interactions(rows))
        elif record.kind == "outcomes":
            return self._note(self._store.add_outcomes(rows))
        else:
            self._add_decisions(record, cast("Sequence[DecisionRow]", rows))
        return True

    def _add_decisions(self, record: Record, rows: Sequence[DecisionRow]) -> None:
        """Made long ago: they are contacts and take their seats, whatever has happened since.

        An id that is taken is an earlier answer to the same request, which stands.
        """
        person = self._store.persons([row.came_as or row.customer_id for row in rows])
        rows = [_of(person, row) for row in rows]
        if record.kind == "corrections":
            self._note(self._store.correct_decisions(rows))
            return
        taken = record.seats or {}
        claims = {row.decision_id: Claim(seats=_any(taken.get(row.decision_id, ()))) for row in rows}
        # one statement would refuse a second contact of one person: it has not seen the first
        written = self._store.add_decisions(rows, claims)
        self._note(written)
        again = [row for row in rows if row.decision_id in written.refused]
        for row in again:
            self._note(self._store.add_decisions([row], {row.decision_id: claims[row.decision_id]}))

    def _nobody(self) -> Iterator[str]:
        while True:
            yield f"erased-{self._id_maker()}"

    def _set_aside(self, payload: bytes, reason: str) -> None:
        self.counts.refused += 1
        log.error("journal_record_refused", reason=reason)
        self._journal.set_aside(payload)


def _of(person: Mapping[str, str], row: DecisionRow) -> DecisionRow:
    """The decision as the person's whom its id stands for now."""
    given = row.came_as or row.customer_id
    owner = person[given]
    return replace(row, customer_id=owner, came_as=None if owner == given else given)


def _any(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    """The same seats, given whatever the capacity: the contacts have been made."""
    return tuple(replace(seat, most=_NO_LIMIT) for seat in seats)


def _stretches(records: Sequence[tuple[Record, int]]) -> Iterator[list[tuple[Record, int]]]:
    """Neighbours whose order among each other does not matter, at most so many rows together.

    Decisions, interactions and outcomes do not look at each other when they are stored; corrections look at
    decisions, and profiles and erasures stand alone.
    """
    stretch: list[tuple[Record, int]] = []
    rows = 0
    for item in records:
        record = item[0]
        full = rows + len(record.rows) > _TOGETHER
        if stretch and (full or record.kind in _ALONE or _class(record) != _class(stretch[-1][0])):
            yield stretch
            stretch, rows = [], 0
        stretch.append(item)
        rows += len(record.rows)
    if stretch:
        yield stretch


def _class(record: Record) -> str:
    return "any" if record.kind in _ANY_ORDER else record.kind


def _by_kind(records: Sequence[Record]) -> Iterator[list[Record]]:
    """A group for each kind, each in the order in which they came: a mixed load takes few transactions."""
    for kind in (*_ANY_ORDER, "corrections", *_ALONE):
        group = [record for record in records if record.kind == kind]
        if group:
            yield group


def _joined(records: Sequence[Record]) -> Record:
    if len(records) == 1:
        return records[0]
    seats = {key: value for record in records for key, value in (record.seats or {}).items()}
    return replace(records[0], rows=tuple(row for record in records for row in record.rows), seats=seats)


def _singles(record: Record) -> Iterator[Record]:
    """A record for each row."""
    if record.kind == "erase":
        yield record
    for row in record.rows:
        yield replace(record, rows=(row,))

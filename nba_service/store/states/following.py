"""How kept states follow what is written.

A write that knows which events it added goes on from the state that was there. Whose state was behind gets
one from all their rows, if they are few; the others stay behind, and reading them takes their rows. Knows
tables and pasts; knows nothing of why something was written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce
from typing import Final, NamedTuple

import structlog
from sqlalchemy.engine import Connection

from models.domain.past import NO_PAST, Checkpoint, Past, PastEvent, pack
from models.errors import HistoryError, PastError, RuleError
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.sqlite_driver import AnyConnection
from nba_service.store.states.building import Leaving, build_all, events_of
from nba_service.store.states.kept import KeptState, StateTable

log = structlog.get_logger(__name__)

MOST_REBUILT: Final = 16
"""People whose states one write makes anew from their rows."""
_MOST_BEHIND: Final = 10_000
_BEHIND: Final = -1
"""A version that no person has."""


Stand = Callable[[Past, int], Checkpoint | None]
"""Where a customer stands after what happened before a moment, as the journey file says."""


class SeenPast(NamedTuple):
    """The past of a person in a version."""

    version: int
    past: Past


class States:
    """Keeps the states of one database.

    ``behind``: people whose states have to be made anew, as far as this process knows.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.table = StateTable(dialect)
        self._lock = threading.Lock()
        self._behind: dict[str, None] = {}

    def follow(
        self,
        connection: AnyConnection,
        touched: Mapping[str, int],
        events: Mapping[str, Sequence[PastEvent]],
        unsure: Collection[str] = (),
        seen: Mapping[str, SeenPast] | None = None,
    ) -> None:
        """Add events to the states of people whose versions were raised so many times in this transaction.

        ``unsure``: people of whom more changed than ``events`` say; their states are made anew. ``seen``:
        pasts that are known, of the versions before this transaction; the others are read.
        """
        changed = [person for person in touched if events.get(person) or person in unsure]
        self.table.carry(connection, {p: touched[p] for p in touched if p not in changed})
        if not changed:
            return
        before = {p: one for p, one in (seen or {}).items() if touched.get(p) == 1 and p not in unsure}
        kept = self.table.read(connection, [person for person in changed if person not in before])
        for person, row in kept.items():
            past = None if person in unsure else _before(row, touched[person])
            if past is not None:
                before[person] = SeenPast(row.now - touched[person], past)
        known: dict[str, tuple[int, Past]] = {}
        for person in changed:
            try:
                if person in before:
                    version, past = before[person]
                    known[person] = (version + touched[person], past.add(events[person]))
            except PastError:
                log.warning("state_not_kept", error="PastError")
        self.table.put(connection, known)
        self._rebuild_few(connection, [person for person in changed if person not in known])

    def unite(self, connection: Connection, person: str, others: Sequence[str]) -> None:
        """Give a person the pasts of those who were merged into them; versions were raised once each."""
        kept = self.table.read(connection, [person, *others])
        bases = [base for each in kept.values() if (base := each.base_past()) is not None]
        pasts = [_before(kept[each], 1) for each in (person, *others) if each in kept]
        self.table.forget(connection, others)
        if bases or None in pasts or person not in kept:
            packed = pack(_merged(bases)) if bases else None
            row = {"customer_id": person, "version": _BEHIND, "state": None, "base": packed}
            self.table.put_with_base(connection, [row])
            self.rebuild(connection, [person])
            return
        known = [past for past in pasts if past is not None]
        self.table.put(connection, {person: (kept[person].now, _merged(known))})

    def part(self, connection: Connection, person: str, other: str) -> None:
        """Give two people who were parted their own pasts; of what retention folded nobody knows whose it is.

        So it holds for both.
        """
        base = self.table.read(connection, [person])[person].base
        row = {"version": _BEHIND, "state": None, "base": base}
        self.table.put_with_base(connection, [{"customer_id": each, **row} for each in (person, other)])
        self.rebuild(connection, [person, other])

    def rebuild(self, connection: Connection, persons: Sequence[str]) -> list[str]:
        """Make the states of people from all their rows; returns whose were not what they are now.

        People are locked until the transaction ends.
        """
        kept = self.table.read(connection, persons, lock=True)
        there = [person for person in persons if person in kept]
        bases = {p: base for p in there if (base := kept[p].base_past()) is not None}
        try:
            pasts = build_all(connection, there, bases)
        except (PastError, HistoryError) as error:
            if len(there) == 1:
                log.warning("state_not_kept", error=type(error).__name__)
                return []
            return [person for each in there for person in self.rebuild(connection, [each])]
        other = [person for person in there if not _is_kept(kept[person], pasts[person])]
        self.table.put(connection, {person: (kept[person].now, pasts[person]) for person in other})
        return other

    def fold(
        self, connection: Connection, persons: Sequence[str], leaving: Leaving, stand: Stand
    ) -> list[str]:
        """Put what lasts of rows that are about to be deleted into the bases of people.

        Their states have to be made anew afterwards.

        Returns:
            The people whose bases are others now.
        """
        kept = self.table.read(connection, persons, lock=True)
        there = [person for person in persons if person in kept]
        bases = {p: base for p in there if (base := kept[p].base_past()) is not None}
        going = events_of(connection, there, leaving)
        theirs = {person: events for person, events in going.items() if events}
        known = {person: kept[person].past() for person in theirs}
        behind = [person for person, past in known.items() if past is None]
        pasts = {**known, **build_all(connection, behind, bases)}
        rows = []
        for person, events in theirs.items():
            past = pasts[person] or NO_PAST
            point = _stand(stand, past, leaving.before)
            base = bases.get(person, NO_PAST).add(events).fold(leaving.before, point)
            rows.append({"customer_id": person, "version": _BEHIND, "state": None, "base": pack(base)})
        self.table.put_with_base(connection, rows)
        return list(theirs)

    def note_behind(self, persons: Collection[str]) -> None:
        """Remember whose states have to be made anew."""
        with self._lock:
            if len(self._behind) + len(persons) <= _MOST_BEHIND:
                self._behind.update(dict.fromkeys(persons))

    def take_behind(self, most: int) -> list[str]:
        """Some of those people, whom nobody else will take."""
        with self._lock:
            taken = list(self._behind)[:most]
            for person in taken:
                del self._behind[person]
            return taken

    def _rebuild_few(self, connection: AnyConnection, persons: Sequence[str]) -> None:
        if isinstance(connection, Connection) and len(persons) <= MOST_REBUILT:
            self.rebuild(connection, persons)
        else:
            self.note_behind(persons)


def _stand(stand: Stand, past: Past, before: int) -> Checkpoint | None:
    try:
        return stand(past, before)
    except RuleError as error:
        log.warning("phase_not_kept", error=str(error))
        return None


def _is_kept(kept: KeptState, past: Past) -> bool:
    return kept.version == kept.now and kept.state == pack(past)


def _merged(pasts: Sequence[Past]) -> Past:
    return reduce(Past.merge, pasts, NO_PAST)


def _before(kept: KeptState, touched: int) -> Past | None:
    """The past before this transaction; None: it has to be made from rows."""
    if kept.now == touched and kept.version is None:
        return NO_PAST  # nothing was ever written about this person
    return kept.past(touched)

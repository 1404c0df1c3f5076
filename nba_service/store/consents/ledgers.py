"""The consent ledgers of people, as they lie in the table ``consents``.

The rule is the core's (``models/domain/consent.py``); this reads a ledger, lets the rule work, and writes
what came of it. Of a person with several ids the ledgers of each id are kept as well (``origins``), so that
people can be parted. Every function runs inside the caller's transaction, and the writer holds the people
(``People.touch``), so that two writes about one person follow one another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.consent import NO_CONSENTS, Consent, Ledger, heard, merge, record, refusals
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.row_codec import read_ledger, read_origins, write_ledger, write_origins
from nba_service.store.sql.tables import consents

UNKNOWN: Final = ""
"""The origin of what was told before origins were kept."""


class Change(NamedTuple):
    """What is told to a ledger.

    ``told_as``: the id that it came in with; None: the person's own.
    """

    told_as: str | None
    apply: Callable[[Ledger], Ledger]


class Kept(NamedTuple):
    """A ledger, and what of it came in with which id.

    ``origins`` None: all of it with the person's own.
    """

    ledger: Ledger = NO_CONSENTS
    origins: Mapping[str, Ledger] | None = None

    def by_id(self, person: str) -> dict[str, Ledger]:
        """What came in with each id."""
        if self.origins is None:
            return {person: self.ledger} if self.ledger else {}
        return dict(self.origins)

    def changed(self, person: str, changes: Iterable[Change]) -> Kept:
        """The same after more was told."""
        ledger, by_id = self.ledger, self.by_id(person)
        for told_as, apply in changes:
            ledger = apply(ledger)
            by_id[told_as or person] = apply(by_id.get(told_as or person, NO_CONSENTS))
        return Kept(ledger, by_id if by_id.keys() - {person} else None)


def read_all(connection: Connection, people: Sequence[str]) -> dict[str, Ledger]:
    """The ledgers of those people who have one."""
    return {person: kept.ledger for person, kept in _kept(connection, people).items()}


def record_all(
    connection: Connection, told: Mapping[str, Iterable[Consent]], *, gaps_only: bool = False
) -> None:
    """Record what people said; ``told``: person → statements.

    ``gaps_only``: nothing of flags that their ledgers have already.
    """
    before = read_all(connection, list(told)) if gaps_only else {}
    change(
        connection,
        {
            person: [
                Change(one.told_as, _recording(one)) for one in said if one.flag not in before.get(person, ())
            ]
            for person, said in told.items()
        },
    )


def change(connection: Connection, changes: Mapping[str, Sequence[Change]]) -> None:
    """Put another ledger in the place of each person's."""
    before = _kept(connection, list(changes))
    rows = {}
    for person, theirs in changes.items():
        kept = before.get(person, Kept())
        changed = kept.changed(person, theirs)
        if changed != kept:
            rows[person] = changed
    _write(connection, rows)


def unite(connection: Connection, person: str, others: Sequence[str]) -> None:
    """Give a person the ledgers of those who were merged into them."""
    kept = _kept(connection, [person, *others])
    mine, theirs = kept.pop(person, Kept()), kept
    if theirs:
        by_id = mine.by_id(person)
        for other, ledger in theirs.items():
            by_id |= ledger.by_id(other)
        ledgers = [mine.ledger, *(other.ledger for other in theirs.values())]
        _write(connection, {person: Kept(_merged(ledgers), by_id)})
        forget(connection, list(theirs))


def part(connection: Connection, person: str, other: str, ids: Collection[str]) -> None:
    """Give ``other`` what came in with ``ids``.

    Refusals of which it is not known whose they are hold for both; such grants stay with ``person``.
    """
    kept = _kept(connection, [person]).get(person)
    if kept is None or kept.origins is None:
        return
    stay = {key: ledger for key, ledger in kept.origins.items() if key not in ids}
    go = {key: ledger for key, ledger in kept.origins.items() if key in ids}
    if refused := refusals(kept.origins.get(UNKNOWN, NO_CONSENTS)):
        go[UNKNOWN] = refused
    forget(connection, [person])
    parted = {person: stay, other: go}
    _write(connection, {whose: _united(whose, by_id) for whose, by_id in parted.items() if by_id})


def forget(connection: Connection, people: Sequence[str]) -> int:
    """Delete the ledgers of people; how many there were."""
    return sum(
        connection.execute(sa.delete(consents).where(consents.c.customer_id.in_(chunk))).rowcount
        for chunk in chunks(people)
    )


def _kept(connection: Connection, people: Sequence[str]) -> dict[str, Kept]:
    found: dict[str, Kept] = {}
    for chunk in chunks(people):
        statement = sa.select(consents).where(consents.c.customer_id.in_(chunk))
        for person, ledger, origins in connection.execute(statement):
            found[person] = Kept(read_ledger(ledger), read_origins(origins))
    return found


def _write(connection: Connection, ledgers: Mapping[str, Kept]) -> None:
    rows = [
        {
            "customer_id": person,
            "ledger": write_ledger(kept.ledger),
            "origins": write_origins(kept.origins),
        }
        for person, kept in sorted(ledgers.items())
    ]
    if rows:
        insert = dialect_of(connection).insert(consents)
        replaced = {"ledger": insert.excluded.ledger, "origins": insert.excluded.origins}
        connection.execute(insert.on_conflict_do_update(index_elements=["customer_id"], set_=replaced), rows)


def _united(person: str, by_id: Mapping[str, Ledger]) -> Kept:
    return Kept(_merged(by_id.values()), by_id if by_id.keys() - {person} else None)


def _recording(one: Consent) -> Callable[[Ledger], Ledger]:
    return lambda ledger: record(ledger, heard(ledger, one))


def _merged(found: Iterable[Ledger]) -> Ledger:
    merged = NO_CONSENTS
    for ledger in found:
        merged = merge(merged, ledger)
    return merged

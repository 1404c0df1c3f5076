"""The consent ledgers of people, as they lie in the table ``consents``.

The rule is the core's (``models/domain/consent.py``); this reads a ledger, lets the rule work, and writes
what came of it. Every function runs inside the caller's transaction, and the writer holds the people
(``People.touch``), so that two writes about one person follow one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.consent import NO_CONSENTS, Consent, Ledger, heard, merge, record
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.row_codec import read_ledger, write_ledger
from nba_service.store.sql.tables import consents


def read_all(connection: Connection, people: Sequence[str]) -> dict[str, Ledger]:
    """The ledgers of those people who have one."""
    found: dict[str, Ledger] = {}
    for chunk in chunks(people):
        statement = sa.select(consents).where(consents.c.customer_id.in_(chunk))
        found.update((person, read_ledger(text)) for person, text in connection.execute(statement))
    return found


def record_all(
    connection: Connection, told: Mapping[str, Iterable[Consent]], *, gaps_only: bool = False
) -> None:
    """Record what people said; ``told``: person → statements.

    ``gaps_only``: nothing of flags that their ledgers have already.
    """
    change(connection, {person: _recording(said, gaps_only) for person, said in told.items()})


def change(connection: Connection, changes: Mapping[str, Callable[[Ledger], Ledger]]) -> None:
    """Put another ledger in the place of each person's."""
    before = read_all(connection, list(changes))
    rows = []
    for person, changed in sorted(changes.items()):
        ledger = changed(before.get(person, NO_CONSENTS))
        if ledger != before.get(person, NO_CONSENTS):
            rows.append({"customer_id": person, "ledger": write_ledger(ledger)})
    if rows:
        insert = dialect_of(connection).insert(consents)
        replaced = {"ledger": insert.excluded.ledger}
        connection.execute(insert.on_conflict_do_update(index_elements=["customer_id"], set_=replaced), rows)


def unite(connection: Connection, person: str, others: Sequence[str]) -> None:
    """Give a person the ledgers of those who were merged into them."""
    found = read_all(connection, others)
    if found:
        change(connection, {person: lambda mine: _merged([mine, *found.values()])})
        forget(connection, list(found))


def forget(connection: Connection, people: Sequence[str]) -> int:
    """Delete the ledgers of people; how many there were."""
    return sum(
        connection.execute(sa.delete(consents).where(consents.c.customer_id.in_(chunk))).rowcount
        for chunk in chunks(people)
    )


def _recording(told: Iterable[Consent], gaps_only: bool) -> Callable[[Ledger], Ledger]:
    def changed(ledger: Ledger) -> Ledger:
        after = ledger
        for one in told:
            if not gaps_only or one.flag not in ledger:
                after = record(after, heard(after, one))
        return after

    return changed


def _merged(found: Iterable[Ledger]) -> Ledger:
    merged = NO_CONSENTS
    for ledger in found:
        merged = merge(merged, ledger)
    return merged

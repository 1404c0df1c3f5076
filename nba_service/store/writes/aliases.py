"""One person, several ids.

Whatever was known under an alias moves to the person it belongs to. An alias always points to a person, never
to another alias, so there are no chains and no rings: merges and erasures go one after the other, and the
database refuses what would be a chain. Merging twice changes nothing; every merge leaves a row in ``audit``.
Each row keeps the id that it came in with, so people who were joined by mistake can be parted.
Runs inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.http.json_body import canonical_json
from nba_service.store.consents import ledgers
from nba_service.store.identity import profiles
from nba_service.store.records.audit_log import append
from nba_service.store.rows import Merged, Parted
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.tables import aliases, audit, decisions, interactions, outcomes, people
from nba_service.store.writes.attribution import attribute
from nba_service.store.writes.person_versions import NEVER, People, Span, persons


def merge(
    connection: Connection, statements: People, into: str, others: Sequence[str], at: int, ids: Iterator[str]
) -> Merged:
    """Make ``others`` aliases of the person behind ``into``; history, limits and decisions move.

    Args:
        at: milliseconds since 1970 UTC.
        ids: of the audit rows.

    Returns:
        Who was merged; ``taken`` names aliases that stand for somebody else already, and then nothing
        was done: on a shared device an id must not pull two people together.
    """
    one_at_a_time(connection)
    before = persons(connection, [into, *others])
    statements.touch(connection, dict.fromkeys(before.values(), _OLDEST))
    owner = persons(connection, [into, *others])  # nobody can merge them any more
    person = owner[into]
    taken = tuple(other for other in others if owner[other] not in (other, person))
    if taken:
        return Merged(person=person, taken=taken)
    merged = tuple(dict.fromkeys(other for other in others if owner[other] != person))
    for other in merged:
        _move(connection, person, into, other, at, next(ids))
    return Merged(person=person, merged=merged)


def one_at_a_time(connection: Connection) -> None:
    """Wait for others who merge or erase people; taken first in a transaction, held until it ends."""
    dialect_of(connection).lock(connection, _MERGING)


def keep_merges_away(connection: Connection) -> None:
    """Have others who merge, part or erase people wait until the transaction ends; taken first in it."""
    dialect_of(connection).share_lock(connection, _MERGING)


def part(
    connection: Connection, statements: People, customer_id: str, alias: str, at: int, ids: Iterator[str]
) -> Parted:
    """Part two people who were joined by mistake; what came in with an id is that id's again.

    Aliases that were said to be ``alias``, or one of those, go with it. It can be merged again.
    """
    one_at_a_time(connection)
    owner = persons(connection, [customer_id, alias])
    person = owner[customer_id]
    if alias == person or owner[alias] != person:
        return Parted(person=person)
    statements.touch(connection, {person: _OLDEST, alias: _OLDEST})
    family = _family(connection, person, alias)
    moved = dict.fromkeys((str(table.name) for table in _OF_PEOPLE), 0)
    for table in _OF_PEOPLE:
        for chunk in chunks(family):
            theirs = sa.and_(table.c.customer_id == person, table.c.came_as.in_(chunk))
            own = {"customer_id": alias, "came_as": sa.func.nullif(table.c.came_as, alias)}
            moved[table.name] += connection.execute(sa.update(table).where(theirs).values(own)).rowcount
    _attribute_again(connection, [person, alias])
    connection.execute(sa.delete(aliases).where(aliases.c.alias == alias))
    for chunk in chunks(family):
        theirs = sa.and_(aliases.c.customer_id == person, aliases.c.alias.in_(chunk))
        connection.execute(sa.update(aliases).where(theirs).values(customer_id=alias))
    _share_times(connection, person, alias)
    ledgers.part(connection, person, alias, family)
    profiles.part(connection, person, alias, set(family))
    _note(connection, "parting", person, alias, at, next(ids), moved)
    return Parted(person=person, ids=tuple(family), moved=moved)


def aliases_of(connection: Connection, person: str) -> tuple[str, ...]:
    """The other ids of a person, in order of merging."""
    statement = (
        sa.select(aliases.c.alias)
        .where(aliases.c.customer_id == person)
        .order_by(aliases.c.merged_at, aliases.c.alias)
    )
    return tuple(connection.execute(statement).scalars())


def forget(connection: Connection, person: str, at: int, ids: Iterator[str]) -> int:
    """Erase a person's aliases, version and audit; one row without a name says that it was done."""
    known = (person, *aliases_of(connection, person))
    touched = connection.execute(sa.delete(aliases).where(aliases.c.customer_id == person)).rowcount
    for chunk in chunks(known):
        named = sa.or_(audit.c.customer_id.in_(chunk), audit.c.other_id.in_(chunk))
        touched += connection.execute(sa.delete(audit).where(named)).rowcount
        connection.execute(sa.delete(people).where(people.c.customer_id.in_(chunk)))
    nobody = next(ids)
    connection.execute(
        sa.insert(audit), {"audit_id": nobody, "at": at, "kind": "erasure", "customer_id": nobody}
    )
    append(connection, "customer.erased", nobody, {"rows": touched}, at)
    return touched


_OLDEST = Span(NEVER, -NEVER)
_MERGING: Final = 0x4E42414D  # "NBAM"; the trigger on aliases (revision 0012) takes it, too
_OF_PEOPLE: Final = (interactions, decisions, outcomes)
_KINDS: Final = {"merge": "customer.merged", "parting": "customer.parted"}


def _move(connection: Connection, person: str, into: str, other: str, at: int, audit_id: str) -> None:
    moved: dict[str, int] = {}
    for table in _OF_PEOPLE:
        mine = {"customer_id": person, "came_as": sa.func.coalesce(table.c.came_as, other)}
        update = sa.update(table).where(table.c.customer_id == other).values(mine)
        moved[table.name] = connection.execute(update).rowcount
    connection.execute(sa.update(aliases).where(aliases.c.customer_id == other).values(customer_id=person))
    row = {"alias": other, "customer_id": person, "merged_at": at, "merged_with": into}
    connection.execute(sa.insert(aliases), row)
    _share_times(connection, other, person)
    _note(connection, "merge", person, other, at, audit_id, moved)


def _family(connection: Connection, person: str, alias: str) -> list[str]:
    """An alias and those that were said to be it, or one of those."""
    statement = sa.select(aliases.c.alias, aliases.c.merged_with).where(aliases.c.customer_id == person)
    said_of: dict[str, list[str]] = {}
    for key, merged_with in connection.execute(statement.order_by(aliases.c.merged_at, aliases.c.alias)):
        said_of.setdefault(merged_with or person, []).append(key)
    family = [alias]
    for key in family:
        family += said_of.get(key, ())
    return family


def _attribute_again(connection: Connection, people: Sequence[str]) -> None:
    """Outcomes that name no decision belong to decisions of the same person."""
    ids = sa.select(outcomes.c.outcome_id).where(outcomes.c.customer_id.in_(people))
    for chunk in chunks(connection.execute(ids).scalars().all()):
        attribute(connection, chunk)


def _share_times(connection: Connection, person: str, other: str) -> None:
    """Note for ``other`` that rows of ``person`` may be theirs now."""
    times = sa.select(people.c.latest_at, people.c.first_at).where(people.c.customer_id == person)
    span = connection.execute(times).one_or_none()
    if span is not None:
        update = sa.update(people).where(people.c.customer_id == other)
        connection.execute(update.values(_both(*span)))


def _note(
    connection: Connection,
    kind: str,
    person: str,
    other: str,
    at: int,
    audit_id: str,
    moved: Mapping[str, int],
) -> None:
    """Leave a row that names both, for as long as neither is erased, and a sealed entry in the chain."""
    detail: dict[str, object] = {"alias": other, "salt": secrets.token_hex(16)}
    detail |= {name: moved[name] for name in ("interactions", "decisions")}
    row = {"audit_id": audit_id, "at": at, "kind": kind, "customer_id": person, "other_id": other}
    connection.execute(sa.insert(audit), {**row, "detail": canonical_json(detail)})
    sealed = hashlib.sha256(canonical_json({**detail, "customer_id": person}).encode()).hexdigest()
    append(connection, _KINDS[kind], audit_id, {"sealed": sealed}, at)


def _both(latest_at: int, first_at: int | None) -> dict[str, object]:
    """The times of a person who is now this one too."""
    latest = sa.case((people.c.latest_at < latest_at, latest_at), else_=people.c.latest_at)
    if first_at is None:
        return {"latest_at": latest, "first_at": None}
    return {
        "latest_at": latest,
        "first_at": sa.case((people.c.first_at > first_at, first_at), else_=people.c.first_at),
    }

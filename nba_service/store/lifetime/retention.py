"""Old rows leave the store.

By time, in portions, and never one that something open still needs. What goes: interactions before the
moment; decisions before it whose response and delivery windows are over and to which nothing has happened
since, with their outcomes; outcomes before it that belong to no decision; used-up seats. Profiles stay: they
have no age, erasure takes them. First the rows of each person, of which their state keeps what lasts; then
what is nobody's. On PostgreSQL a month that lies before the moment goes as a whole, and only
what is left row by row. Each month and each portion is a transaction of its own, so no other waits long for a
lock, and to stop halfway harms nothing.

Knows tables; knows nothing of why a moment was chosen. Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.history import DAY_MS
from nba_service.store.identity import tombstones
from nba_service.store.lifetime.partitions import Partition, drop, hold, inside, partitions_of
from nba_service.store.records.audit_log import append
from nba_service.store.records.configurations import drop_wishes
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import chunks, key_of
from nba_service.store.sql.tables import TIME_OF, capacity, decisions, interactions, outcomes, people
from nba_service.store.states.building import Leaving
from nba_service.store.states.following import Stand, States

PORTION: Final = 1_000
PEOPLE: Final = 200
"""People whose old rows go in one transaction."""

_OWNED: Final = sa.exists().where(decisions.c.decision_id == outcomes.c.decision_id)


def old_rows(name: str, before: int, now: int) -> sa.ColumnElement[bool]:
    """Which rows of a table go. ``before``: they happened earlier (ms); ``now``: is their window open?"""
    if name == "interactions":
        return interactions.c.occurred_at < before
    if name == "outcomes":  # those of a decision go with it
        return sa.and_(outcomes.c.occurred_at < before, sa.not_(_OWNED))
    # A decision that was not deferred has no deliver_by: it is never waiting.
    closed = sa.or_(decisions.c.delivered_at.is_not(None), sa.func.coalesce(decisions.c.deliver_by, 0) < now)
    since = sa.exists().where(
        outcomes.c.decision_id == decisions.c.decision_id, outcomes.c.occurred_at >= before
    )
    return sa.and_(decisions.c.decided_at < before, closed, sa.not_(since))


def counted(connection: Connection, before: int, now: int) -> dict[str, int]:
    """How many rows of each table would go, and how many old decisions stay because something is open."""
    rows = {name: _count(connection, TABLES[name], old_rows(name, before, now)) for name in TABLES}
    old_ids = sa.select(decisions.c.decision_id).where(old_rows("decisions", before, now))
    rows["outcomes"] += _count(connection, outcomes, outcomes.c.decision_id.in_(old_ids))
    old = _count(connection, decisions, decisions.c.decided_at < before)
    return {**rows, "kept_open": old - rows["decisions"]}


def old_months(connection: Connection, name: str, before: int) -> list[Partition]:
    """The partitions of a table that lie before the moment, oldest first; none where there are none."""
    return [month for month in partitions_of(connection, name) if month.ends <= before]


def people_with_old_rows(connection: Connection, before: int, after: str) -> Sequence[str]:
    """The next people beyond ``after`` who may have rows from before a moment."""
    may = sa.or_(people.c.first_at.is_(None), people.c.first_at < before)
    statement = sa.select(people.c.customer_id).where(people.c.customer_id > after, may)
    ordered = statement.order_by(people.c.customer_id).limit(PEOPLE)
    return connection.execute(ordered).scalars().all()


def take_rows_of(
    connection: Connection, states: States, persons: Sequence[str], leaving: Leaving, stand: Stand
) -> Mapping[str, int]:
    """Delete the old rows of people; their states keep what lasts of them. How many rows went."""
    folded = states.fold(connection, persons, leaving, stand)
    gone = dict.fromkeys(TABLES, 0)
    for chunk in chunks(persons):
        theirs = sa.and_(decisions.c.customer_id.in_(chunk), old_rows("decisions", *leaving))
        of_theirs = outcomes.c.decision_id.in_(sa.select(decisions.c.decision_id).where(theirs))
        own = sa.and_(interactions.c.customer_id.in_(chunk), old_rows("interactions", *leaving))
        for table, which in ((outcomes, of_theirs), (decisions, theirs), (interactions, own)):
            gone[table.name] += connection.execute(sa.delete(table).where(which)).rowcount
    states.rebuild(connection, folded)
    return gone


def take_month(connection: Connection, month: Partition, before: int, now: int) -> Mapping[str, int] | None:
    """Drop a month; how many rows went. None: so many of its decisions stay that they go one by one.

    Decisions that stay are put back and lie in the default partition from then on; their ids never change.
    """
    hold(connection, month)
    if month.table == "interactions":
        return {"interactions": drop(connection, month)}
    in_month, go = inside(decisions, month), old_rows("decisions", before, now)
    staying = sa.select(decisions).where(in_month, sa.not_(go)).limit(PORTION + 1)
    stay = connection.execute(staying).mappings().all()
    if len(stay) > PORTION:
        return None
    its_own = outcomes.c.decision_id.in_(sa.select(decisions.c.decision_id).where(in_month, go))
    gone = {"outcomes": connection.execute(sa.delete(outcomes).where(its_own)).rowcount}
    gone["decisions"] = drop(connection, month) - len(stay)
    if stay:
        connection.execute(sa.insert(decisions), [dict(row) for row in stay])
    return gone


def take_portion(
    connection: Connection, name: str, before: int, now: int, after: str
) -> tuple[Mapping[str, int], str | None]:
    """Delete the old rows among the next ``PORTION`` ids; how many went, and where to go on (None: done)."""
    table = TABLES[name]
    key = table.c[key_of(table)]
    statement = sa.select(key).where(key > after).order_by(key).limit(PORTION)
    if dialect_of(connection).divides_by_month and name in TIME_OF:  # months that may hold something old
        statement = statement.where(table.c[TIME_OF[name]] < before)
    looked_at = connection.execute(statement).scalars().all()
    if not looked_at:
        return {}, None
    chosen = sa.select(key).where(key > after, key <= looked_at[-1], old_rows(name, before, now))
    ids = connection.execute(chosen).scalars().all()
    gone: dict[str, int] = {}
    if ids and name == "decisions":
        its_own = sa.delete(outcomes).where(outcomes.c.decision_id.in_(ids))
        gone["outcomes"] = connection.execute(its_own).rowcount
    if ids:
        chosen_rows = sa.and_(key.in_(ids), table.c[TIME_OF.get(name, "occurred_at")] < before)
        gone[name] = connection.execute(sa.delete(table).where(chosen_rows)).rowcount
    return gone, looked_at[-1]


def finish(connection: Connection, before: int, now: int, gone: Mapping[str, int]) -> None:
    """Forget old seats (two days of slack for time zones), old wishes and old tombstones; say so."""
    connection.execute(sa.delete(capacity).where(capacity.c.day < before // DAY_MS - 2))
    drop_wishes(connection, before)
    tombstones.drop(connection, now - tombstones.KEPT_MS)
    append(connection, "retention", "old rows", {"before": before, **gone}, now)


def _count(connection: Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(which)).scalar_one())


TABLES: Final[Mapping[str, sa.Table]] = {
    "interactions": interactions,
    "decisions": decisions,
    "outcomes": outcomes,
}
"""In the order in which they are gone through."""

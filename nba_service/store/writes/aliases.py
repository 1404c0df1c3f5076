"""One person, several ids.

Whatever was known under an alias moves to the person it belongs to. An alias always points to a person, never
to another alias, so there are no chains and no rings: merges and erasures go one after the other, and the
database refuses what would be a chain. Merging twice changes nothing; every merge leaves a row in ``audit``.
Runs inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.http.json_body import canonical_json
from nba_service.store.records.audit_log import append
from nba_service.store.rows import CustomerRow, Merged
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.row_codec import CustomerColumns, customer_row
from nba_service.store.sql.tables import aliases, audit, customers, decisions, interactions, outcomes, people
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
        _move(connection, person, other, at, next(ids))
    return Merged(person=person, merged=merged)


def one_at_a_time(connection: Connection) -> None:
    """Wait for others who merge or erase people; taken first in a transaction, held until it ends."""
    dialect_of(connection).lock(connection, _MERGING)


def profile_of(
    connection: Connection, person: str, merged: Sequence[str], stated: CustomerRow | None
) -> CustomerRow | None:
    """The profile after a merge: what is stated now, else what was stored, gaps filled from those merged.

    Their consents stand in ledgers of their own (``store/consents``).
    """
    stored = [row for key in (person, *merged) if (row := read_profile(connection, key)) is not None]
    profile = stated
    for row in stored:
        if stated is None:
            profile = row if profile is None else fill(profile, row)
        elif profile is not None and row.customer_id != person:
            profile = fill(profile, row)
    return None if profile is None else replace(profile, customer_id=person)


def fill(profile: CustomerRow, gaps: CustomerRow) -> CustomerRow:
    """``profile`` with what it lacks from ``gaps``."""
    return CustomerRow(
        customer_id=profile.customer_id,
        account_id=profile.account_id or gaps.account_id,
        attributes={**gaps.attributes, **profile.attributes},
        consent={**gaps.consent, **profile.consent},
        locale=profile.locale or gaps.locale,
        time_zone=profile.time_zone or gaps.time_zone,
        updated_at=max(profile.updated_at, gaps.updated_at),
    )


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
    touched = 0
    for table in (aliases, audit):
        touched += connection.execute(sa.delete(table).where(table.c.customer_id == person)).rowcount
    connection.execute(sa.delete(people).where(people.c.customer_id.in_(known)))
    nobody = next(ids)
    connection.execute(
        sa.insert(audit), {"audit_id": nobody, "at": at, "kind": "erasure", "customer_id": nobody}
    )
    append(connection, "customer.erased", nobody, {"rows": touched}, at)
    return touched


_OLDEST = Span(NEVER, -NEVER)
_MERGING: Final = 0x4E42414D  # "NBAM"; the trigger on aliases (revision 0012) takes it, too


def _move(connection: Connection, person: str, other: str, at: int, audit_id: str) -> None:
    moved: dict[str, int] = {}
    for table in (interactions, decisions, audit):
        moved[table.name] = connection.execute(
            sa.update(table).where(table.c.customer_id == other).values(customer_id=person)
        ).rowcount
    connection.execute(sa.update(outcomes).where(outcomes.c.customer_id == other).values(customer_id=person))
    connection.execute(sa.update(aliases).where(aliases.c.customer_id == other).values(customer_id=person))
    connection.execute(sa.insert(aliases), {"alias": other, "customer_id": person, "merged_at": at})
    times = sa.select(people.c.latest_at, people.c.first_at).where(people.c.customer_id == other)
    span = connection.execute(times).one_or_none()
    if span is not None:
        update = sa.update(people).where(people.c.customer_id == person)
        connection.execute(update.values(_both(*span)))
    detail: dict[str, object] = {"alias": other, "salt": secrets.token_hex(16)}
    detail |= {"interactions": moved["interactions"], "decisions": moved["decisions"]}
    row = {"audit_id": audit_id, "at": at, "kind": "merge", "customer_id": person}
    connection.execute(sa.insert(audit), {**row, "detail": canonical_json(detail)})
    sealed = hashlib.sha256(canonical_json({**detail, "customer_id": person}).encode()).hexdigest()
    append(connection, "customer.merged", audit_id, {"sealed": sealed}, at)


def _both(latest_at: int, first_at: int | None) -> dict[str, object]:
    """The times of a person who is now this one too."""
    latest = sa.case((people.c.latest_at < latest_at, latest_at), else_=people.c.latest_at)
    if first_at is None:
        return {"latest_at": latest, "first_at": None}
    return {
        "latest_at": latest,
        "first_at": sa.case((people.c.first_at > first_at, first_at), else_=people.c.first_at),
    }


def read_profile(connection: Connection, customer_id: str) -> CustomerRow | None:
    """The profile under an id, whether or not it is an alias."""
    statement = sa.select(customers).where(customers.c.customer_id == customer_id)
    row = connection.execute(statement).mappings().first()
    return None if row is None else customer_row(cast("CustomerColumns", row))

"""Profiles of people, as they lie in the table ``customers``.

Of a person with several ids the profile that came in with each id is kept as well (``origins``), so that
people can be parted. Every function runs inside the caller's transaction, and the writer holds the people
(``People.touch``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.http.json_body import canonical_json
from nba_service.store.rows import CustomerRow
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.row_codec import CustomerColumns, customer_columns, customer_row
from nba_service.store.sql.tables import customers


@dataclass(frozen=True, slots=True)
class Profiles:
    """A person's profile and where it came from.

    ``by_id``: the profile that came in last with each id. ``used``: the ids whose profiles are in ``whole``.
    """

    whole: CustomerRow
    by_id: Mapping[str, CustomerRow] = field(default_factory=dict)
    used: tuple[str, ...] = ()

    def put(self, given: str, row: CustomerRow) -> Profiles:
        """The same after a profile came in with an id: it replaces the whole.

        One that waited in a journal replaces nothing that is newer.
        """
        before = self.by_id.get(given)
        outdated = row.journaled_at and before is not None and row.updated_at < before.updated_at
        by_id = self.by_id if outdated else {**self.by_id, given: row}
        if row.journaled_at and row.updated_at < self.whole.updated_at:
            return Profiles(self.whole, by_id, self.used)
        return Profiles(replace(row, customer_id=self.whole.customer_id), by_id, (given,))


def put(connection: Connection, person: Mapping[str, str], rows: Sequence[CustomerRow]) -> None:
    """Replace profiles; ``person``: for whom each id stands."""
    stored = read(connection, list(dict.fromkeys(person[row.customer_id] for row in rows)))
    changed: dict[str, Profiles] = {}
    for row in rows:
        owner = person[row.customer_id]
        before = stored.get(owner) or Profiles(replace(row, customer_id=owner))
        stored[owner] = changed[owner] = before.put(row.customer_id, row)
    write(connection, changed.values())


def unite(
    connection: Connection, person: str, others: Sequence[str], stated: tuple[str, CustomerRow] | None
) -> None:
    """Give a person the profiles of those who were merged into them.

    What is ``stated`` now, with which id, replaces what was stored of the person; gaps are filled from the
    others. Their consents stand in ledgers of their own (``store/consents``).
    """
    stored = read(connection, [person, *others])
    mine = stored.get(person)
    if stated is not None:
        given, row = stated
        mine = (mine or Profiles(replace(row, customer_id=person))).put(given, row)
    elif not stored.keys() - {person}:
        return
    for other in others:
        if other in stored:
            mine = _filled(person, mine, stored[other])
    forget(connection, others)
    if mine is not None:
        write(connection, [mine])


def part(connection: Connection, person: str, other: str, ids: Set[str]) -> None:
    """Give ``other`` the profile that came in with ``ids``; ``person`` has what the rest brought."""
    profiles = read(connection, [person]).get(person)
    if profiles is None or not profiles.by_id.keys() & ids:
        return
    stay = {key: row for key, row in profiles.by_id.items() if key not in ids}
    go = {key: row for key, row in profiles.by_id.items() if key in ids}
    forget(connection, [person])
    theirs = [_folded(other, go, [key for key in profiles.used if key in ids])]
    if not ids & set(profiles.used):
        theirs.append(replace(profiles, by_id=stay))
    elif stay:
        theirs.append(_folded(person, stay, [key for key in profiles.used if key not in ids]))
    write(connection, theirs)


def fill(profile: CustomerRow, gaps: CustomerRow) -> CustomerRow:
    """``profile`` with what it lacks from ``gaps``."""
    return CustomerRow(
        customer_id=profile.customer_id,
        account_id=profile.account_id or gaps.account_id,
        role=profile.role or (gaps.role if profile.account_id in (None, gaps.account_id) else None),
        attributes={**gaps.attributes, **profile.attributes},
        consent={**gaps.consent, **profile.consent},
        locale=profile.locale or gaps.locale,
        time_zone=profile.time_zone or gaps.time_zone,
        updated_at=max(profile.updated_at, gaps.updated_at),
    )


def put_member(
    connection: Connection, person: str, given: str, account_id: str | None, role: str | None, at: int
) -> bool:
    """Put a person into an account, or out of the one they are in; False: nothing changed.

    ``given``: the id that was named. The rest of the profile stays.
    """
    stored = read(connection, [person]).get(person)
    whole = CustomerRow(customer_id=person, updated_at=at) if stored is None else stored.whole
    if (whole.account_id, whole.role) == (account_id, role):
        return False
    mine = stored or Profiles(whole, {}, (given,))
    own = mine.by_id.get(given) or CustomerRow(customer_id=given, updated_at=at)
    by_id = {**mine.by_id, given: replace(own, account_id=account_id, role=role)}
    write(connection, [Profiles(replace(whole, account_id=account_id, role=role), by_id, mine.used)])
    return True


def read_profile(connection: Connection, person: str) -> CustomerRow | None:
    """The profile of a person."""
    profiles = read(connection, [person]).get(person)
    return None if profiles is None else profiles.whole


def profiles_by_id(connection: Connection, person: str) -> list[dict[str, object]]:
    """Of a person with several ids what came in last with each; empty: all of it with their own."""
    profiles = read(connection, [person]).get(person)
    if profiles is None or _origins(profiles) is None:
        return []
    shown = ("account_id", "role", "attributes", "consent", "locale", "time_zone", "updated_at")
    return [
        {"came_as": key, **{name: getattr(row, name) for name in shown}}
        for key, row in sorted(profiles.by_id.items())
    ]


def read(connection: Connection, people: Sequence[str]) -> dict[str, Profiles]:
    """The profiles of those people who have one."""
    found: dict[str, Profiles] = {}
    for chunk in chunks(people):
        statement = sa.select(customers).where(customers.c.customer_id.in_(chunk))
        for row in connection.execute(statement).mappings():
            whole = customer_row(cast("CustomerColumns", row))
            found[whole.customer_id] = _with_origins(whole, row["origins"])
    return found


def write(connection: Connection, profiles: Iterable[Profiles]) -> None:
    """Put profiles in the place of what is stored."""
    rows = [{**customer_columns(one.whole), "origins": _origins(one)} for one in profiles]
    if rows:
        insert = dialect_of(connection).insert(customers)
        names = [column.name for column in customers.columns if not column.primary_key]
        replaced = {name: insert.excluded[name] for name in names}
        connection.execute(
            insert.on_conflict_do_update(index_elements=["customer_id"], set_=replaced),
            sorted(rows, key=lambda row: str(row["customer_id"])),
        )


def forget(connection: Connection, people: Sequence[str]) -> int:
    """Delete the profiles of people; how many there were."""
    return sum(
        connection.execute(sa.delete(customers).where(customers.c.customer_id.in_(chunk))).rowcount
        for chunk in chunks(people)
    )


def origins_of(columns: Mapping[str, object]) -> str:
    """The column for a profile all of which came in with another id than the person's."""
    row = customer_row(cast("CustomerColumns", columns))
    return _text({row.customer_id: row}, (row.customer_id,))


def _filled(person: str, mine: Profiles | None, other: Profiles) -> Profiles:
    if mine is None:
        return replace(other, whole=replace(other.whole, customer_id=person))
    return Profiles(fill(mine.whole, other.whole), {**mine.by_id, **other.by_id}, (*mine.used, *other.used))


def _folded(person: str, by_id: Mapping[str, CustomerRow], used: Sequence[str]) -> Profiles:
    """The profile that some ids brought: of those that were in use, else of all, the person's own first."""
    ids = sorted(used or by_id, key=lambda key: key != person)
    whole = by_id[ids[0]]
    for key in ids[1:]:
        whole = fill(whole, by_id[key])
    return Profiles(replace(whole, customer_id=person), by_id, tuple(ids))


def _with_origins(whole: CustomerRow, text: str | None) -> Profiles:
    person = whole.customer_id
    if text is None:
        return Profiles(whole, {person: whole}, (person,))
    kept = orjson.loads(text)
    by_id = {
        key: customer_row(cast("CustomerColumns", {"customer_id": key, **columns}))
        for key, columns in kept[_BY_ID].items()
    }
    return Profiles(whole, by_id, tuple(kept[_USED]))


def _origins(profiles: Profiles) -> str | None:
    """The column; None: all of it came in with the person's own id."""
    if not profiles.by_id.keys() - {profiles.whole.customer_id}:
        return None
    return _text(profiles.by_id, profiles.used)


def _text(by_id: Mapping[str, CustomerRow], used: Sequence[str]) -> str:
    kept = {key: {**customer_columns(row), "customer_id": key} for key, row in by_id.items()}
    return canonical_json({_BY_ID: kept, _USED: list(used)})


_BY_ID: Final = "by_id"
_USED: Final = "used"

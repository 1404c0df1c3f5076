"""Aliases: each points to a person, and the database itself says so.

It refuses an alias of an alias, or of itself. Chains that merges at the same moment left are followed to
their end, and so are rows that were written under an alias. Of a ring the smallest id becomes the person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MERGING = 0x4E42414D  # "NBAM": as nba_service/store/writes/aliases.py has it
Joined = Callable[[Mapping[str, object], Mapping[str, object]], dict[str, object]]

_aliases = sa.table("aliases", sa.column("alias"), sa.column("customer_id"))
_OF_PERSONS = ("interactions", "decisions", "outcomes", "audit")

_IS_CHAIN = """
NEW.alias = NEW.customer_id
OR EXISTS (SELECT 1 FROM aliases WHERE alias = NEW.customer_id)
OR EXISTS (SELECT 1 FROM aliases WHERE customer_id = NEW.alias)
"""
_REFUSED = "an alias points to a person, never to an alias or to itself"


def upgrade() -> None:
    connection = op.get_bind()
    _end_chains(connection)
    _move_rows(connection)
    _move_profiles(connection)
    if connection.dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION aliases_point_to_persons() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              PERFORM pg_advisory_xact_lock({_MERGING});
              IF {_IS_CHAIN} THEN
                RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'check_violation';
              END IF;
              RETURN NEW;
            END $$
            """
        )
        op.execute(
            "CREATE TRIGGER aliases_point_to_persons BEFORE INSERT OR UPDATE ON aliases "
            "FOR EACH ROW EXECUTE FUNCTION aliases_point_to_persons()"
        )
        return
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER aliases_point_to_persons_{event.lower()} BEFORE {event} ON aliases "
            f"WHEN {_IS_CHAIN} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER aliases_point_to_persons ON aliases")
        op.execute("DROP FUNCTION aliases_point_to_persons()")
        return
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER aliases_point_to_persons_{event}")


def _end_chains(connection: sa.Connection) -> None:
    rows = connection.execute(sa.select(_aliases.c.alias, _aliases.c.customer_id)).all()
    known = {row.alias: row.customer_id for row in rows}
    for alias, owner in known.items():
        person = _end(known, alias)
        if person == alias:
            connection.execute(sa.delete(_aliases).where(_aliases.c.alias == alias))
        elif person != owner:
            mine = sa.update(_aliases).where(_aliases.c.alias == alias)
            connection.execute(mine.values(customer_id=person))


def _end(known: Mapping[str, str], alias: str) -> str:
    """The person at the end of a chain; of a ring the smallest of its ids."""
    way = [alias]
    while (following := known.get(way[-1])) is not None:
        if following in way:
            return min(way[way.index(following) :])
        way.append(following)
    return way[-1]


def _move_rows(connection: sa.Connection) -> None:
    for name in _OF_PERSONS:
        table = sa.table(name, sa.column("customer_id"))
        owner = sa.select(_aliases.c.customer_id).where(_aliases.c.alias == table.c.customer_id)
        stray = table.c.customer_id.in_(sa.select(_aliases.c.alias))
        connection.execute(sa.update(table).where(stray).values(customer_id=owner.scalar_subquery()))
    connection.execute(
        sa.text(
            "UPDATE people SET version = version + 1, first_at = NULL, latest_at = ("
            " SELECT MAX(p.latest_at) FROM people p WHERE p.customer_id = people.customer_id"
            " OR p.customer_id IN (SELECT alias FROM aliases WHERE aliases.customer_id = people.customer_id))"
            " WHERE customer_id IN (SELECT customer_id FROM aliases)"
        )
    )


def _move_profiles(connection: sa.Connection) -> None:
    """A profile, or a ledger of consents, that was written under an alias goes to its person.

    What the person has wins; of each flag the later refusal holds, whichever id it came in with.
    """
    _join(connection, "customers", ("account_id", "attributes", "consent", "locale", "time_zone"), _filled)
    _join(connection, "consents", ("ledger",), _united)


def _join(connection: sa.Connection, name: str, columns: Sequence[str], joined: Joined) -> None:
    table = sa.table(name, sa.column("customer_id"), *(sa.column(column) for column in columns))
    stray = sa.select(table, _aliases.c.customer_id.label("person")).join(
        _aliases, _aliases.c.alias == table.c.customer_id
    )
    for row in connection.execute(stray).mappings().all():
        under = table.c.customer_id == row["customer_id"]
        of_person = table.c.customer_id == row["person"]
        mine = connection.execute(sa.select(table).where(of_person)).mappings().first()
        if mine is None:
            connection.execute(sa.update(table).where(under).values(customer_id=row["person"]))
            continue
        filled = joined(_plain(mine), _plain(row))
        connection.execute(sa.update(table).where(of_person).values(filled))
        connection.execute(sa.delete(table).where(under))


def _plain(row: sa.RowMapping) -> dict[str, object]:
    return {str(name): value for name, value in row.items()}


def _filled(mine: Mapping[str, object], stray: Mapping[str, object]) -> dict[str, object]:
    filled = {
        name: mine[name] if mine[name] is not None else stray[name] for name in mine if name != "customer_id"
    }
    for name in ("attributes", "consent"):
        ours, theirs = _object(mine[name]), _object(stray[name])
        refused = (
            {flag: False for flag, given in theirs.items() if given is False} if name == "consent" else {}
        )
        filled[name] = json.dumps({**theirs, **ours, **refused})
    return filled


def _united(mine: Mapping[str, object], stray: Mapping[str, object]) -> dict[str, object]:
    ours, theirs = _object(mine["ledger"]), _object(stray["ledger"])
    both = {
        flag: [_later(*pair) for pair in zip(ours.get(flag, _NONE), theirs.get(flag, _NONE), strict=True)]
        for flag in ours | theirs
    }
    return {"ledger": json.dumps(both)}


_NONE = (None, None)


def _later(one: list[int] | None, other: list[int] | None) -> list[int] | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda told: (min(told[0], told[1]), told[1]))


def _object(text: object) -> dict:  # type: ignore[type-arg]  # JSON
    value = json.loads(str(text)) if text else {}
    return value if isinstance(value, dict) else {}

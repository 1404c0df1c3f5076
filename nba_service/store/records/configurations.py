"""What can be delivered where and when, and what customers wish for.

Availability: one row per choice and region, each with the moment its upload is of; an older upload that comes
late changes nothing. A turn counts the changes, so that readers know when to read again. Wishes: one row per
customer and combination. Knows rows and transactions; knows nothing of configurators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from models.configurations.availability import AvailabilityRow
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.tables import aliases, availability, marks, wishes

TURN: Final = "availability_turn"
_AS_OF: Final = "availability_of "
_KEY: Final = ("configurator", "option", "choice", "region")
_VALUES: Final = ("available", "first_day", "last_day", "as_of")

Transaction = Callable[..., AbstractContextManager[Connection]]


class Uploaded(NamedTuple):
    """What an upload did, in rows."""

    changed: int
    unchanged: int
    older: int
    ended: int
    as_of: int


class Wish(NamedTuple):
    """What a customer wishes, and whether it could be delivered.

    ``combination``: canonical JSON.
    """

    configurator: str
    region: str
    combination: str
    customer_id: str
    deliverable: bool
    at: int


class ConfigurationTable:
    """Availability and wishes of one database; ``transaction(write=...)`` is the store's own."""

    def __init__(self, transaction: Transaction, dialect: Dialect) -> None:
        self._transaction = transaction
        put = dialect.insert(availability)
        self._put = put.on_conflict_do_update(
            index_elements=list(_KEY), set_={name: put.excluded[name] for name in _VALUES}
        )
        mark = dialect.insert(marks)
        self._mark = mark.on_conflict_do_update(index_elements=["name"], set_={"at": mark.excluded["at"]})
        wish = dialect.insert(wishes)
        key = [column.name for column in wishes.primary_key]
        later = sa.case(
            (wishes.c.last_at < wish.excluded.last_at, wish.excluded.last_at), else_=wishes.c.last_at
        )
        earlier = sa.case(
            (wishes.c.first_at > wish.excluded.first_at, wish.excluded.first_at), else_=wishes.c.first_at
        )
        self._wish = wish.on_conflict_do_update(
            index_elements=key, set_={"first_at": earlier, "last_at": later}
        )

    def turn(self) -> int:
        """Another number after every change of the table."""
        with self._transaction() as connection:
            return _mark_of(connection, TURN)

    def read(self) -> tuple[int, Mapping[str, int], Mapping[str, Sequence[AvailabilityRow]]]:
        """The turn; configurator → what its newest upload is of; configurator → rows."""
        rows: dict[str, list[AvailabilityRow]] = {}
        with self._transaction() as connection:
            found = connection.execute(sa.select(marks).where(marks.c.name.startswith("availability")))
            known = {row.name: int(row.at) for row in found}
            for row in connection.execute(sa.select(availability).order_by(*_columns())):
                rows.setdefault(row.configurator, []).append(_stored(row))
        as_of = {name.removeprefix(_AS_OF): at for name, at in known.items() if name.startswith(_AS_OF)}
        return known.get(TURN, 0), as_of, rows

    def upload(
        self, configurator: str, rows: Sequence[AvailabilityRow], as_of: int, *, replace: bool
    ) -> Uploaded:
        """Take rows whose stored ones are not newer, in one transaction.

        ``replace``: what is not among ``rows`` and not newer can no longer be had.
        """
        with self._transaction(write=True) as connection:
            turn = _take_turn(connection, self._mark)
            own = availability.c.configurator == configurator
            kept = map(_stored, connection.execute(sa.select(availability).where(own)))
            stored = {one.key: one for one in kept}
            given = {row.key: row._replace(as_of=as_of) for row in rows}
            news = {k: row for k, row in given.items() if k not in stored or stored[k].as_of <= as_of}
            older = len(given) - len(news)
            same = sum(_same(stored.get(key), row) for key, row in news.items())
            ended = 0
            if replace:
                gone = {k: one for k, one in stored.items() if k not in given and one.as_of <= as_of}
                ended = sum(one.available for one in gone.values())
                news |= {k: one._replace(available=False, as_of=as_of) for k, one in gone.items()}
            if news:
                connection.execute(self._put, [_values(configurator, news[key]) for key in sorted(news)])
            newest = max(as_of, _mark_of(connection, f"{_AS_OF}{configurator}"))
            connection.execute(self._mark, {"name": f"{_AS_OF}{configurator}", "at": newest})
            connection.execute(self._mark, {"name": TURN, "at": turn + 1})
            return Uploaded(len(given) - same - older, same, older, ended, newest)

    def note_wishes(self, noted: Sequence[Wish]) -> None:
        """Remember wishes; the same again only moves its last time."""
        values = [
            {
                "configurator": one.configurator,
                "region": one.region,
                "combination": one.combination,
                "customer_id": one.customer_id,
                "deliverable": int(one.deliverable),
                "first_at": one.at,
                "last_at": one.at,
            }
            for one in noted
        ]
        if values:
            with self._transaction(write=True) as connection:
                connection.execute(self._wish, values)

    def wishes(self, since: int, until: int) -> Sequence[Wish]:
        """First wishes of people within [since, until), ms; an alias counts as the person behind it.

        ``at`` is the moment of the first time.
        """
        person = sa.func.coalesce(aliases.c.customer_id, wishes.c.customer_id)
        first = sa.func.min(wishes.c.first_at)
        by = (wishes.c.configurator, wishes.c.region, wishes.c.combination, person, wishes.c.deliverable)
        joined = wishes.outerjoin(aliases, aliases.c.alias == wishes.c.customer_id)
        statement = sa.select(*by, first).select_from(joined).group_by(*by)
        statement = statement.having(sa.and_(first >= since, first < until))
        with self._transaction() as connection:
            return [
                Wish(row[0], row[1], row[2], row[3], bool(row[4]), int(row[5]))
                for row in connection.execute(statement)
            ]

    def first_wish_at(self) -> int | None:
        """When the first wish of all was noted, ms."""
        with self._transaction() as connection:
            at = connection.execute(sa.select(sa.func.min(wishes.c.first_at))).scalar()
            return None if at is None else int(at)


def make_anonymous(connection: Connection, ids: Sequence[str], nobody: str) -> int:
    """Wishes of a forgotten person stay in the counts, and say no more whose they were.

    ``ids``: all of the person; a wish under several of them stays once.
    """
    touched, kept = 0, set[tuple[object, ...]]()
    for one in ids:
        own = connection.execute(sa.select(wishes).where(wishes.c.customer_id == one)).all()
        for row in own:
            this = sa.and_(*(wishes.c[name] == getattr(row, name) for name in _WISH_KEY))
            wish = (row.configurator, row.region, row.combination, row.deliverable)
            change = sa.delete(wishes) if wish in kept else sa.update(wishes).values(customer_id=nobody)
            connection.execute(change.where(this))
            kept.add(wish)
        touched += len(own)
    return touched


def drop_wishes(connection: Connection, before: int) -> int:
    """Delete wishes that were last told before a moment (ms)."""
    return connection.execute(sa.delete(wishes).where(wishes.c.last_at < before)).rowcount


_WISH_KEY: Final = tuple(column.name for column in wishes.primary_key)


def _columns() -> list[sa.ColumnElement[str]]:
    return [availability.c[name] for name in _KEY]


def _stored(row: Row[Any]) -> AvailabilityRow:
    return AvailabilityRow(
        option=row.option,
        choice=row.choice,
        region=row.region,
        available=bool(row.available),
        first=row.first_day,
        last=row.last_day,
        as_of=row.as_of,
    )


def _values(configurator: str, row: AvailabilityRow) -> dict[str, object]:
    return {
        "configurator": configurator,
        "option": row.option,
        "choice": row.choice,
        "region": row.region,
        "available": int(row.available),
        "first_day": row.first,
        "last_day": row.last,
        "as_of": row.as_of,
    }


def _same(stored: AvailabilityRow | None, row: AvailabilityRow) -> bool:
    return stored is not None and stored._replace(as_of=0) == row._replace(as_of=0)


def _mark_of(connection: Connection, name: str) -> int:
    return int(connection.execute(sa.select(marks.c["at"]).where(marks.c.name == name)).scalar() or 0)


def _take_turn(connection: Connection, mark: sa.Executable) -> int:
    """The turn, held until the transaction ends, so that uploads follow one another."""
    row = sa.select(marks.c["at"]).where(marks.c.name == TURN).with_for_update()
    held = connection.execute(row).scalar()
    if held is None:
        connection.execute(mark, {"name": TURN, "at": 0})
        held = connection.execute(row).scalar()
    return int(held or 0)

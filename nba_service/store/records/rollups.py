"""Rollups: packed records of what happened, by week and bucket of customers.

Which people changed since they were rolled up, all that is stored about them, and the packed records.
Knows rows and transactions; knows nothing of what a record means. Several processes may roll up at once: a
portion is stored only if no other was since it was begun (``turn``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.measures.log.facts import Facts
from models.measures.log.records import customer_hash
from nba_service.store.records.rollup_facts import Consents, read_facts
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.tables import (
    decisions,
    interactions,
    marks,
    people,
    rollup_names,
    rollup_people,
    rollups,
)

TURN: Final = "rollup_turn"
_DECISIONS_OF_ONE: Final = 1 << 24
"""More decisions than a person has."""

Transaction = Callable[..., AbstractContextManager[Connection]]
Place = tuple[str, int, int]
"""Kind, week and bucket of packed records."""


class RollupTable:
    """Rollups of one database; ``transaction(write=...)`` is the store's own."""

    def __init__(self, transaction: Transaction, dialect: Dialect, consents: Consents) -> None:
        """``consents``: what holds now of each person who said anything."""
        self._transaction = transaction
        self._consents = consents
        put = dialect.insert(rollups)
        self._put = put.on_conflict_do_update(
            index_elements=["kind", "week", "bucket"], set_={"content": put.excluded.content}
        )
        version = dialect.insert(rollup_people)
        self._put_version = version.on_conflict_do_update(
            index_elements=["customer_id"], set_={"version": version.excluded.version}
        )
        mark = dialect.insert(marks)
        self._mark = mark.on_conflict_do_update(index_elements=["name"], set_={"at": mark.excluded["at"]})

    def changed(self) -> Sequence[tuple[str, int]]:
        """People of whom something was written since they were rolled up, and their state now."""
        state = _state()
        done = state.outerjoin(rollup_people, rollup_people.c.customer_id == state.c.customer_id)
        other = rollup_people.c.version.is_(None) | (rollup_people.c.version != state.c.state)
        statement = sa.select(state.c.customer_id, state.c.state).select_from(done).where(other)
        with self._transaction() as connection:
            return [(row.customer_id, row.state) for row in connection.execute(statement)]

    def decided_since(self, since: int) -> Mapping[str, int]:
        """People with a decision since a moment (ms), and their state now."""
        state = _state()
        recent = sa.select(decisions.c.customer_id).where(decisions.c.decided_at >= since)
        statement = sa.select(state.c.customer_id, state.c.state).where(state.c.customer_id.in_(recent))
        with self._transaction() as connection:
            return {row.customer_id: row.state for row in connection.execute(statement)}

    def gone(self) -> Sequence[str]:
        """People who were rolled up and are gone; of the erased only a key (``key_of``)."""
        state = _state()
        left = rollup_people.outerjoin(state, rollup_people.c.customer_id == state.c.customer_id)
        statement = sa.select(rollup_people.c.customer_id).select_from(left)
        with self._transaction() as connection:
            return connection.execute(statement.where(state.c.customer_id.is_(None))).scalars().all()

    def facts(self, customer_ids: Sequence[str]) -> Facts:
        """All that is stored about people."""
        with self._transaction() as connection:
            return read_facts(connection, customer_ids, self._consents)

    def names(self) -> Sequence[str]:
        """Names by their codes, that of code 1 first."""
        with self._transaction() as connection:
            ordered = sa.select(rollup_names.c.name).order_by(rollup_names.c.code)
            return connection.execute(ordered).scalars().all()

    def ids_of(self, keys: Collection[int]) -> dict[int, str]:
        """The ids of some customers by their keys in packed records; those that are gone are left out."""
        with self._transaction() as connection:
            return _ids_of(connection, set(keys))

    def turn(self) -> int:
        """How many portions were stored; give it to ``put``."""
        return self.mark(TURN) or 0

    def put(
        self,
        turn: int,
        packed: Mapping[Place, bytes],
        versions: Mapping[str, int | None],
        names: Sequence[str],
    ) -> bool:
        """Store a portion.

        Args:
            turn: as it was before anything of the portion was read.
            packed: records by their place; empty: there are none any more.
            versions: the state of the people now rolled up; None: they are gone.
            names: all of them.

        Returns:
            Whether it was stored; False: another process was faster.
        """
        with self._transaction(write=True) as connection:
            if (self._at(connection, TURN) or 0) != turn:
                return False
            connection.execute(self._mark, {"name": TURN, "at": turn + 1})
            self._put_names(connection, names)
            full = [
                {"kind": kind, "week": week, "bucket": bucket, "content": content}
                for (kind, week, bucket), content in packed.items()
                if content
            ]
            if full:
                connection.execute(self._put, full)
            for (kind, week, bucket), content in packed.items():
                if not content:
                    here = (rollups.c.kind == kind) & (rollups.c.week == week) & (rollups.c.bucket == bucket)
                    connection.execute(sa.delete(rollups).where(here))
            self._put_versions(connection, versions)
        return True

    def read(self, kind: str, first: int, last: int) -> list[bytes]:
        """Packed records of the weeks ``first`` to ``last``."""
        these = (rollups.c.kind == kind) & rollups.c.week.between(first, last)
        statement = sa.select(rollups.c.content).where(these).order_by(rollups.c.week, rollups.c.bucket)
        with self._transaction() as connection:
            return list(connection.execute(statement).scalars())

    def bucket(self, bucket: int) -> dict[Place, bytes]:
        """All packed records of a bucket of customers."""
        with self._transaction() as connection:
            rows = connection.execute(sa.select(rollups).where(rollups.c.bucket == bucket)).all()
        return {(row.kind, row.week, row.bucket): row.content for row in rows}

    def clear(self) -> None:
        """Forget everything; the next rollup begins anew."""
        with self._transaction(write=True) as connection:
            for table in (rollups, rollup_people, rollup_names):
                connection.execute(sa.delete(table))
            connection.execute(self._mark, {"name": TURN, "at": (self._at(connection, TURN) or 0) + 1})

    def drop_weeks(self, before: int) -> int:
        """Drop what lies in weeks before this one; how many packs went."""
        with self._transaction(write=True) as connection:
            return connection.execute(sa.delete(rollups).where(rollups.c.week < before)).rowcount

    def oldest(self) -> int | None:
        """The time of the oldest row that is still stored (ms)."""
        times = (sa.select(sa.func.min(c)) for c in (decisions.c.decided_at, interactions.c.occurred_at))
        with self._transaction() as connection:
            found = [at for query in times if (at := connection.execute(query).scalar()) is not None]
        return min(found, default=None)

    def mark(self, name: str) -> int | None:
        """A number that was kept."""
        with self._transaction() as connection:
            return self._at(connection, name)

    def note(self, name: str, at: int) -> None:
        """Keep a number."""
        with self._transaction(write=True) as connection:
            connection.execute(self._mark, {"name": name, "at": at})

    @staticmethod
    def _at(connection: Connection, name: str) -> int | None:
        return connection.execute(sa.select(marks.c["at"]).where(marks.c.name == name)).scalar()

    @staticmethod
    def _put_names(connection: Connection, names: Sequence[str]) -> None:
        known = connection.execute(sa.select(sa.func.count()).select_from(rollup_names)).scalar() or 0
        new = [{"code": known + i + 1, "name": name} for i, name in enumerate(names[known:])]
        if new:
            connection.execute(sa.insert(rollup_names), new)

    def _put_versions(self, connection: Connection, versions: Mapping[str, int | None]) -> None:
        here = [{"customer_id": who, "version": version} for who, version in versions.items() if version]
        if here:
            connection.execute(self._put_version, here)
        gone = [who for who, version in versions.items() if version is None]
        for chunk in chunks(gone):
            connection.execute(sa.delete(rollup_people).where(rollup_people.c.customer_id.in_(chunk)))


def _ids_of(connection: Connection, wanted: set[int]) -> dict[int, str]:
    """Reads every id until all are found: a look at a few people, and nothing for a decision."""
    found: dict[int, str] = {}
    ids = connection.execute(sa.select(rollup_people.c.customer_id)).scalars()
    for customer_id in ids if wanted else ():
        key = None if customer_id.startswith(_ERASED) else customer_hash(customer_id)
        if key in wanted and key is not None:
            found[key] = customer_id
            if len(found) == len(wanted):
                break
    return found


def key_of(person: str) -> int:
    """The customer in packed records, of an id or of what ``forget`` left of it."""
    return int(person[1:], 16) if person.startswith(_ERASED) else customer_hash(person)


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Keep no id of the erased: only the key by which the next rollup drops their records.

    A portion that was begun before is not stored any more: it could bring the id back.
    """
    connection.execute(sa.update(marks).where(marks.c.name == TURN).values({"at": marks.c["at"] + 1}))
    statement = sa.select(rollup_people.c.customer_id).where(rollup_people.c.customer_id.in_(ids))
    left = [f"{_ERASED}{customer_hash(who):016x}" for who in connection.execute(statement).scalars()]
    connection.execute(sa.delete(rollup_people).where(rollup_people.c.customer_id.in_([*ids, *left])))
    if left:
        connection.execute(sa.insert(rollup_people), [{"customer_id": key, "version": 0} for key in left])


_ERASED: Final = "\x01"
"""How the keys of the erased begin; no id has a control character."""


def _state() -> sa.Subquery:
    """Everybody of whom something is stored, and a number that every write about them changes.

    Their version, and how many decisions there are: one to do nothing raises no version.
    """
    made = (
        sa.select(decisions.c.customer_id, sa.func.count().label("number"))
        .group_by(decisions.c.customer_id)
        .subquery("made")
    )
    number = sa.func.coalesce(made.c.number, 0)
    known = sa.select(people.c.customer_id, (people.c.version * _DECISIONS_OF_ONE + number).label("state"))
    known = known.select_from(people.outerjoin(made, made.c.customer_id == people.c.customer_id))
    others = sa.select(made.c.customer_id, made.c.number.label("state"))
    others = others.select_from(made.outerjoin(people, made.c.customer_id == people.c.customer_id))
    return sa.union_all(known, others.where(people.c.customer_id.is_(None))).subquery("state")

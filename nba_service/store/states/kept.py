"""The rows of the table ``states``.

Every function runs inside the caller's transaction, and a writer holds the people (``People.touch``), so that
two writes about one person follow one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.past import Past, pack, unpack
from models.errors import PastError
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement
from nba_service.store.sql.tables import people, states


class KeptState(NamedTuple):
    """A person's row.

    ``now``: the person's version.
    """

    now: int
    version: int | None = None
    state: bytes | None = None
    base: bytes | None = None

    def past(self, touched: int = 0) -> Past | None:
        """The past, if it was up to date before the person's version was raised ``touched`` times."""
        if self.state is None or self.version != self.now - touched:
            return None
        return read_past(self.state)

    def base_past(self) -> Past | None:
        return None if self.base is None else read_past(self.base)


def read_past(packed: bytes) -> Past | None:
    """The past; None if it has to be made anew."""
    try:
        return unpack(packed)
    except PastError:
        return None


class StateTable:
    """The statements about states in the words of one database."""

    def __init__(self, dialect: Dialect) -> None:
        insert = dialect.insert(states)
        columns = {name: insert.excluded[name] for name in ("version", "state")}
        self._put = Statement(insert.on_conflict_do_update(index_elements=["customer_id"], set_=columns))
        self._put_base = Statement(
            insert.on_conflict_do_update(
                index_elements=["customer_id"], set_={**columns, "base": insert.excluded["base"]}
            )
        )

    def read(
        self, connection: AnyConnection, persons: Sequence[str], *, lock: bool = False
    ) -> dict[str, KeptState]:
        """The rows of people, of those who have been written about.

        ``lock``: nobody else writes about them until the transaction ends.
        """
        if not isinstance(connection, Connection):
            rows: list[Sequence[object]] = [
                row for person in persons for row in _ONE.rows(connection, {"person": person})
            ]
        else:
            rows = []
            for chunk in chunks(persons):
                statement = _JOINED.where(people.c.customer_id.in_(chunk))
                if lock:
                    statement = statement.order_by(people.c.customer_id).with_for_update(of=people)
                rows += [tuple(row) for row in connection.execute(statement)]
        return {str(person): KeptState(*columns) for person, *columns in rows}  # type: ignore[arg-type]

    def put(self, connection: AnyConnection, pasts: Mapping[str, tuple[int, Past]]) -> None:
        """Put pasts in place, by person with the version that they are of."""
        rows = [
            {"customer_id": person, "version": version, "state": pack(past), "base": None}
            for person, (version, past) in sorted(pasts.items())
        ]
        self._put.run_all(connection, rows)

    def put_with_base(self, connection: AnyConnection, rows: Iterable[Mapping[str, object]]) -> None:
        """The same with another base."""
        self._put_base.run_all(connection, list(rows))

    def carry(self, connection: AnyConnection, touched: Mapping[str, int]) -> None:
        """Let states follow their persons' versions, which were raised for something else than events."""
        _CARRY.run_all(
            connection, [{"person": person, "by": number} for person, number in sorted(touched.items())]
        )

    def forget(self, connection: AnyConnection, persons: Iterable[str]) -> int:
        """Delete the states of people, with all that retention left of them; how many there were."""
        return sum(_FORGET.run(connection, {"person": person}) for person in sorted(persons))


_JOINED: Final = sa.select(
    people.c.customer_id, people.c.version, states.c.version.label("of"), states.c.state, states.c.base
).select_from(people.outerjoin(states, states.c.customer_id == people.c.customer_id))

_ONE: Final = Statement(_JOINED.where(people.c.customer_id == sa.bindparam("person")))

_CARRY: Final = Statement(
    sa.update(states)
    .where(states.c.customer_id == sa.bindparam("person"))
    .values(version=states.c.version + sa.bindparam("by", type_=sa.BigInteger))
)

_FORGET: Final = Statement(sa.delete(states).where(states.c.customer_id == sa.bindparam("person")))

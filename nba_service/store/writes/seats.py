"""Seats of channels with a daily capacity.

A seat is a contact of a channel that has only so many on one local day. Every function runs inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.rows import Seat
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement, of_sqlalchemy
from nba_service.store.sql.tables import capacity


class Seats:
    """The statements about seats in the words of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self._locks_rows = dialect.has_server
        self._take_one = Statement(
            dialect.insert(capacity)
            .values(channel=sa.bindparam("channel"), day=sa.bindparam("day"), used=sa.bindparam("used"))
            .on_conflict_do_update(
                index_elements=["channel", "day"],
                set_={"used": capacity.c.used + 1},
                where=capacity.c.used < sa.bindparam("most"),
            )
        )

    def without_room(self, connection: AnyConnection, wanted: Mapping[str, Sequence[Seat]]) -> frozenset[str]:
        """Take the seats of each decision (by id); returns those for which there is no room."""
        self._lock(connection, [seat for seats in wanted.values() for seat in seats])
        return frozenset(key for key, seats in wanted.items() if not self.take(connection, seats))

    def take(self, connection: AnyConnection, seats: Sequence[Seat]) -> bool:
        """Take all the seats; False: there is no room, and none is taken."""
        taken: list[Seat] = []
        for seat in sorted(seats, key=lambda seat: (seat.channel, seat.day)):
            row = {"channel": seat.channel, "day": seat.day, "used": 1, "most": seat.most}
            if seat.most < 1 or not self._take_one.run(connection, row):
                for earlier in taken:
                    _GIVE_BACK.run(connection, {"on": earlier.channel, "when": earlier.day})
                return False
            taken.append(seat)
        return True

    def _lock(self, connection: AnyConnection, seats: Sequence[Seat]) -> None:
        """Where rows are locked one by one: all at once in one order, for decisions come in another."""
        places = sorted({(seat.channel, seat.day) for seat in seats})
        if self._locks_rows and len(places) > 1:
            statement = (
                sa.select(capacity.c.used)
                .where(sa.tuple_(capacity.c.channel, capacity.c.day).in_(places))
                .order_by(capacity.c.channel, capacity.c.day)
                .with_for_update()
            )
            of_sqlalchemy(connection).execute(statement).all()


def used_seats(connection: Connection, channels: Sequence[str], day: int) -> dict[str, int]:
    """How many contacts each channel has had on a day."""
    statement = sa.select(capacity.c.channel, capacity.c.used).where(
        capacity.c.day == day, capacity.c.channel.in_(channels)
    )
    return {row.channel: row.used for row in connection.execute(statement)}


_GIVE_BACK: Final = Statement(
    sa.update(capacity)
    .where(capacity.c.channel == sa.bindparam("on"), capacity.c.day == sa.bindparam("when"))
    .values(used=capacity.c.used - 1)
)

"""Kept states in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from nba_service.store.sql.tables import people, states
from nba_service.store.writes.writing_part import WritingPart

PORTION: Final = 200
"""People whose states are made in one transaction."""


class SqlStates(WritingPart):
    """The states of people."""

    def make_states(self, after: str, *, all_people: bool = False) -> tuple[int, str | None]:
        joined = people.outerjoin(states, states.c.customer_id == people.c.customer_id)
        behind = sa.or_(states.c.version.is_(None), states.c.version != people.c.version)
        statement = (
            sa.select(people.c.customer_id)
            .select_from(joined)
            .where(people.c.customer_id > after, sa.true() if all_people else behind)
            .order_by(people.c.customer_id)
            .limit(PORTION)
        )
        with self._transaction() as connection:
            found = connection.execute(statement).scalars().all()
        if not found:
            return 0, None
        return len(self._write(lambda connection: self._people.states.rebuild(connection, found))), found[-1]

    def catch_up_states(self) -> int:
        behind = self._people.states.take_behind(PORTION)
        if not behind:
            return 0
        return len(self._write(lambda connection: self._people.states.rebuild(connection, behind)))

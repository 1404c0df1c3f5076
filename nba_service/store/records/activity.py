"""How much happened by day.

For pages; these are whole scans, so each is asked for seldom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.domain.history import DAY_MS
from nba_service.store.sql.sql_part import SqlPart
from nba_service.store.sql.tables import decisions, interactions


@dataclass(frozen=True, slots=True)
class SourceDay:
    """Events of one channel on one UTC day."""

    channel: str | None
    day: int
    events: int
    newest: int


class Activity(SqlPart):
    """Counts of decisions and events by day."""

    def decisions_by_day(self, since: int) -> Mapping[int, int]:
        """UTC days since 1970 → decisions made at ``since`` (ms) or later; an index alone is read."""
        day = decisions.c.decided_at / DAY_MS
        whole = sa.cast(sa.func.floor(day), sa.BigInteger)
        statement = sa.select(whole, sa.func.count()).where(decisions.c.decided_at >= since).group_by(whole)
        with self._transaction() as connection:
            return {int(row[0]): int(row[1]) for row in connection.execute(statement)}

    def events_by_day(self, since: int) -> Sequence[SourceDay]:
        """Events by channel and UTC day, from ``since`` (ms) on."""
        whole = sa.cast(sa.func.floor(interactions.c.occurred_at / DAY_MS), sa.BigInteger)
        statement = (
            sa.select(interactions.c.channel, whole, sa.func.count(), sa.func.max(interactions.c.occurred_at))
            .where(interactions.c.occurred_at >= since)
            .group_by(interactions.c.channel, whole)
        )
        with self._transaction() as connection:
            return [
                SourceDay(row[0], int(row[1]), int(row[2]), int(row[3]))
                for row in connection.execute(statement)
            ]

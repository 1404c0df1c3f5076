"""How long rows stay in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain

from nba_service.store.lifetime import partitions, retention
from nba_service.store.sql.connection import translated
from nba_service.store.states.building import Leaving
from nba_service.store.states.following import Stand
from nba_service.store.writes.writing_part import WritingPart


class SqlLifetime(WritingPart):
    """Months ahead are made, old rows are deleted."""

    def old_rows(self, before: int, now: int) -> Mapping[str, int]:
        with self._transaction() as connection:
            return retention.counted(connection, before, now)

    def forget_old(
        self, before: int, now: int, stand: Stand = lambda _past, _before: None
    ) -> Mapping[str, int]:
        self._writes.catch_up()
        gone = dict.fromkeys(retention.TABLES, 0)
        for part in self._old_rows_of_people(Leaving(before, now), stand):
            for table, rows in part.items():
                gone[table] += rows
        for name in retention.TABLES:
            for part in chain(self._old_months(name, before, now), self._old_portions(name, before, now)):
                for table, rows in part.items():
                    gone[table] += rows
        with self._transaction(write=True) as connection:
            retention.finish(connection, before, now, gone)
        self.keep_months(now)
        return gone

    def keep_months(self, now: int) -> None:
        with translated():
            partitions.keep_months(self._database, now)

    def shorten_log(self) -> None:
        with translated():
            self._database.shorten_log()

    def _old_rows_of_people(self, leaving: Leaving, stand: Stand) -> Iterator[Mapping[str, int]]:
        after = ""
        while True:
            with self._transaction() as connection:
                persons = retention.people_with_old_rows(connection, leaving.before, after)
            if not persons:
                return
            after, states = persons[-1], self._people.states
            take = partial(
                retention.take_rows_of, states=states, persons=persons, leaving=leaving, stand=stand
            )
            yield self._write(take)

    def _old_months(self, name: str, before: int, now: int) -> Iterator[Mapping[str, int]]:
        """Months that went as a whole; those that others were using are left for row by row."""
        with self._transaction() as connection:
            months = retention.old_months(connection, name, before)
        for month in months:
            take = partial(retention.take_month, month=month, before=before, now=now)
            with translated():
                taken = partitions.patiently(self._database, take)
            yield taken or {}

    def _old_portions(self, name: str, before: int, now: int) -> Iterator[Mapping[str, int]]:
        after: str | None = ""
        while after is not None:
            with self._transaction(write=True) as connection:
                portion, after = retention.take_portion(connection, name, before, now, after)
            yield portion

"""Responses to decisions, and what was learned from them; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa

from models.policy.scoring.response_delays import ResponseCount
from nba_service.store.reads import response_counts
from nba_service.store.rows import PositiveRule, UpdateRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.tables import updates
from nba_service.store.writes import attribution
from nba_service.store.writes.person_versions import answers
from nba_service.store.writes.writing_part import WritingPart


class SqlResponses(WritingPart):
    """Outcomes, responses, and updates made of them.

    Which decision an outcome belongs to, and how many responses there were.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._put_update = response_counts.put_update(database.dialect.insert(updates))

    def settle_outcomes(self, since: int = 0) -> int:
        moved, after = 0, ("", "")
        while True:
            with self._transaction() as connection:
                rows = attribution.page(connection, after, since)
            if attribution.changed(rows):
                moved += self._attribute(rows)
            if len(rows) < attribution.PAGE:
                return moved
            after = (rows[-1]["customer_id"], rows[-1]["outcome_id"])

    def unattributed(self, outcome_ids: Sequence[str]) -> frozenset[str]:
        ids: set[str] = set()
        with self._transaction() as connection:
            for chunk in chunks(outcome_ids):
                ids |= attribution.unattributed(connection, chunk)
        return frozenset(ids)

    def settle_and_count_responses(
        self, bundle: str, rules: Sequence[PositiveRule], *, since: int, until: int
    ) -> Sequence[ResponseCount]:
        if not rules:
            return ()
        self.settle_outcomes(since)
        with self._transaction() as connection:
            return response_counts.count_responses(connection, bundle, rules, since=since, until=until)

    def put_update(self, row: UpdateRow) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(self._put_update, asdict(row))

    def latest_update(self, bundle: str) -> UpdateRow | None:
        with self._transaction() as connection:
            return response_counts.latest_update(connection, bundle)

    def propensity_update(self, bundle: str, version: str) -> UpdateRow | None:
        with self._transaction() as connection:
            return response_counts.propensity_update(connection, bundle, version)

    def _attribute(self, rows: Sequence[sa.RowMapping]) -> int:
        moving = attribution.changed(rows)
        with self._transaction(write=True) as connection:
            self._people.touch(
                connection, answers((row["customer_id"], row["occurred_at"]) for row in moving)
            )
            attribution.attribute(connection, [row["outcome_id"] for row in moving])
        return len(moving)

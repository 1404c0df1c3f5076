"""Interactions, outcomes and decisions into a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.errors import StoreError
from nba_service.store.rows import Claim, DecisionRow, InteractionRow, OutcomeRow, Written, withdrawals
from nba_service.store.sql.lookups import chunks, having
from nba_service.store.sql.row_codec import decision_columns, interaction_columns, outcome_columns
from nba_service.store.sql.sqlite_driver import COUNTED
from nba_service.store.sql.tables import decisions
from nba_service.store.writes.person_versions import spans
from nba_service.store.writes.writing_part import WritingPart


class SqlWrites(WritingPart):
    """The writes of events and decisions."""

    def add_interactions(self, rows: Sequence[InteractionRow]) -> Written:
        untimed = {row.interaction_id for row in rows if not row.timed}
        consents = {row.interaction_id: withdrawals(row) for row in rows if row.withdraws}
        columns = [interaction_columns(row) for row in rows]
        return self._writes.add("interactions", columns, untimed=untimed, consents=consents)

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> Written:
        untimed = {row.outcome_id for row in rows if not row.timed}
        consents = {row.outcome_id: withdrawals(row) for row in rows if row.withdraws}
        columns = [outcome_columns(row) for row in rows]
        return self._writes.add("outcomes", columns, untimed=untimed, consents=consents)

    def add_decisions(
        self, rows: Sequence[DecisionRow], claims: Mapping[str, Claim] | None = None
    ) -> Written:
        unique = {row.decision_id: row for row in rows}.values()
        return self._writes.add("decisions", [decision_columns(row) for row in unique], claims=claims)

    def correct_decisions(self, rows: Sequence[DecisionRow]) -> None:
        if not rows:
            return
        self._write(lambda connection: self._correct_decisions(connection, rows))

    def _correct_decisions(self, connection: Connection, rows: Sequence[DecisionRow]) -> None:
        corrected = [decision_columns(row) for row in rows]
        ids = [row.decision_id for row in rows]
        self._people.touch_all(connection, spans((row.customer_id, row.decided_at) for row in rows))
        for chunk in chunks(ids):
            connection.execute(sa.delete(decisions).where(having(connection, decisions, chunk)))
        stored = connection.execute(sa.insert(decisions), corrected, execution_options=COUNTED).rowcount
        if stored < len(corrected):  # on PostgreSQL a row whose id was taken meanwhile is left out
            raise StoreError("A decision was stored while it was being corrected. Correct it again.")

"""Interactions, outcomes and decisions into a SQL database; see ``nba_service.store.interface``.

Rows that waited in a journal are stored apart from others: what was erased meanwhile is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.policy.scoring.candidate_record import CandidateLayout
from nba_service.errors import StoreError
from nba_service.store.identity import tombstones
from nba_service.store.identity.tombstones import JournaledRow
from nba_service.store.rows import Claim, DecisionRow, InteractionRow, OutcomeRow, Written, withdrawals
from nba_service.store.sql.lookups import chunks, having
from nba_service.store.sql.row_codec import decision_columns, interaction_columns, outcome_columns
from nba_service.store.sql.sqlite_driver import COUNTED
from nba_service.store.sql.tables import candidate_layouts, decisions, outcomes
from nba_service.store.writes.aliases import one_at_a_time
from nba_service.store.writes.group_commit import PendingWrite
from nba_service.store.writes.person_versions import spans
from nba_service.store.writes.row_batch import Undone
from nba_service.store.writes.write_queue import NOTHING_WRITTEN
from nba_service.store.writes.writing_part import WritingPart

Row = TypeVar("Row", InteractionRow, OutcomeRow, DecisionRow)


class SqlWrites(WritingPart):
    """The writes of events and decisions."""

    def add_interactions(self, rows: Sequence[InteractionRow]) -> Written:
        return self._add(rows, _interactions)

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> Written:
        return self._add(rows, _outcomes)

    def add_decisions(
        self, rows: Sequence[DecisionRow], claims: Mapping[str, Claim] | None = None
    ) -> Written:
        unique = list({row.decision_id: row for row in rows}.values())
        return self._add(unique, lambda some: _decisions(some, claims or {}))

    def put_layout(self, layout: CandidateLayout) -> None:
        new = self._database.dialect.insert(candidate_layouts).on_conflict_do_nothing()
        row = {"name": layout.name, "content": layout.text}
        with self._transaction(write=True) as connection:
            connection.execute(new, row)

    def _add(self, rows: Sequence[Row], as_write: Callable[[Sequence[Row]], PendingWrite]) -> Written:
        if not rows:
            return NOTHING_WRITTEN
        if not any(row.journaled_at for row in rows):
            return self._writes.submit(as_write(rows))
        self._writes.catch_up()
        try:
            return self._write(lambda connection: self._add_waiting(connection, rows, as_write))
        except Undone as undone:
            return undone.written

    def _add_waiting(
        self,
        connection: Connection,
        rows: Sequence[Row],
        as_write: Callable[[Sequence[Row]], PendingWrite],
    ) -> Written:
        rest = _without_erased(connection, rows)
        if not rest:
            return Written(new=0, known=0, erased=len(rows))
        written = self._writes.writer.perform(connection, [as_write(rest)])[0]
        return replace(written, erased=len(rows) - len(rest))

    def correct_decisions(self, rows: Sequence[DecisionRow]) -> Written:
        if not rows:
            return NOTHING_WRITTEN
        return self._write(lambda connection: self._correct_decisions(connection, rows))

    def _correct_decisions(self, connection: Connection, rows: Sequence[DecisionRow]) -> Written:
        rest = _without_erased(connection, rows) if any(row.journaled_at for row in rows) else rows
        ids = [row.decision_id for row in rest]
        moments = spans((row.came_as or row.customer_id, row.decided_at) for row in rest)
        person = self._people.touch_all(connection, moments)
        corrected = [decision_columns(_of(person, row)) for row in rest]
        for chunk in chunks(ids):
            connection.execute(sa.delete(decisions).where(having(connection, decisions, chunk)))
        stored = 0
        if corrected:
            stored = connection.execute(sa.insert(decisions), corrected, execution_options=COUNTED).rowcount
        if stored < len(corrected):  # on PostgreSQL a row whose id was taken meanwhile is left out
            raise StoreError("A decision was stored while it was being corrected. Correct it again.")
        self._people.states.rebuild(connection, sorted(set(person.values())))
        return Written(new=stored, known=0, erased=len(rows) - stored)


def _interactions(rows: Sequence[InteractionRow]) -> PendingWrite:
    return PendingWrite(
        "interactions",
        [interaction_columns(row) for row in rows],
        [row.interaction_id for row in rows],
        untimed={row.interaction_id for row in rows if not row.timed},
        consents={row.interaction_id: withdrawals(row) for row in rows if row.withdraws},
    )


def _outcomes(rows: Sequence[OutcomeRow]) -> PendingWrite:
    return PendingWrite(
        "outcomes",
        [outcome_columns(row) for row in rows],
        [row.outcome_id for row in rows],
        untimed={row.outcome_id for row in rows if not row.timed},
        consents={row.outcome_id: withdrawals(row) for row in rows if row.withdraws},
    )


def _decisions(rows: Sequence[DecisionRow], claims: Mapping[str, Claim]) -> PendingWrite:
    columns = [decision_columns(row) for row in rows]
    return PendingWrite("decisions", columns, [row.decision_id for row in rows], claims=claims)


def _without_erased(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """The rows that name nobody who was erased after they were journaled.

    Of decisions that are left out outcomes may have come already, or may come from another journal.
    """
    one_at_a_time(connection)
    erased = tombstones.erased_among(connection, rows)
    made: Sequence[JournaledRow] = rows
    gone = {
        row.decision_id: erased[place]
        for place, row in enumerate(made)
        if isinstance(row, DecisionRow) and place in erased
    }
    for decision_id, at in gone.items():
        tombstones.bury(connection, [decision_id], at)
    for chunk in chunks(list(gone)):
        connection.execute(sa.delete(outcomes).where(outcomes.c.decision_id.in_(chunk)))
    return [row for place, row in enumerate(rows) if place not in erased]


def _of(person: Mapping[str, str], row: DecisionRow) -> DecisionRow:
    """The decision as the person's for whom the id that it came in with stands now."""
    given = row.came_as or row.customer_id
    owner = person[given]
    return replace(row, customer_id=owner, came_as=None if owner == given else given)

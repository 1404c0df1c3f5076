"""The reads of requests from a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.consent import NO_CONSENTS, current
from nba_service.store.consents.ledgers import read_all
from nba_service.store.identity.profiles import profiles_by_id, read_profile
from nba_service.store.reads.state import PersonPast, Reader
from nba_service.store.rows import CustomerRow, DecisionRow, OutcomeRow, StoredState
from nba_service.store.sql import queries
from nba_service.store.sql.connection import Database, translated
from nba_service.store.sql.lookups import chunks, key_of, known, plain_row, present
from nba_service.store.sql.packed_candidates import candidates_text, with_candidates
from nba_service.store.sql.row_codec import (
    DecisionColumns,
    decision_row,
    outcome_row,
    stored_past,
    stored_state,
)
from nba_service.store.sql.tables import decisions, interactions, outcomes
from nba_service.store.writes.aliases import aliases_of
from nba_service.store.writes.person_versions import persons
from nba_service.store.writes.seats import used_seats
from nba_service.store.writes.writing_part import WritingPart


class SqlReads(WritingPart):
    """What is stored about people, their events and decisions."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._reader = Reader(database)

    def customer(self, customer_id: str) -> CustomerRow | None:
        with self._transaction() as connection:
            person = persons(connection, [customer_id])[customer_id]
            profile = read_profile(connection, person)
            if profile is None:
                return None
            return replace(profile, consent=current(read_all(connection, [person]).get(person, NO_CONSENTS)))

    def persons(self, customer_ids: Sequence[str]) -> Mapping[str, str]:
        with self._transaction() as connection:
            return persons(connection, customer_ids)

    def aliases_of(self, customer_id: str) -> tuple[str, ...]:
        with self._transaction() as connection:
            return aliases_of(connection, persons(connection, [customer_id])[customer_id])

    def used_seats(self, channels: Sequence[str], day: int) -> Mapping[str, int]:
        with self._transaction() as connection:
            return used_seats(connection, channels, day)

    def decisions(self, decision_ids: Sequence[str]) -> Mapping[str, DecisionRow]:
        if len(decision_ids) == 1:
            with translated():
                row = self._reader.decision(decision_ids[0])
            return {} if row is None else {decision_ids[0]: decision_row(row)}
        with self._transaction() as connection:
            rows = present(connection, decisions, decision_ids)
        return {key: decision_row(cast("DecisionColumns", row)) for key, row in rows.items()}

    def decided_since(self, since: int, after: tuple[int, str], limit: int) -> Sequence[DecisionRow]:
        at, key = decisions.c.decided_at, decisions.c.decision_id
        statement = (
            sa.select(decisions)
            .where(at >= since, sa.or_(at > after[0], sa.and_(at == after[0], key > after[1])))
            .order_by(at, key)
            .limit(limit)
        )
        with self._transaction() as connection:
            rows = connection.execute(statement).mappings().all()
        return [decision_row(cast("DecisionColumns", row)) for row in rows]

    def candidates(self, row: DecisionRow) -> str | None:
        if row.workings is None:
            return row.candidates
        with self._transaction() as connection:
            return candidates_text(connection, row.workings, {})

    def known_decisions(self, decision_ids: Sequence[str]) -> frozenset[str]:
        with self._transaction() as connection:
            return known(connection, decisions, decision_ids)

    def known_interactions(self, interaction_ids: Sequence[str]) -> frozenset[str]:
        with self._transaction() as connection:
            return known(connection, interactions, interaction_ids)

    def state(self, customer_id: str, before: int, limit: int) -> StoredState:
        with translated():
            rows = self._reader.state(customer_id, before, limit)
        return stored_state(rows.person, rows.past, rows.ahead, limit, rows.lasting)

    def past(self, customer_id: str) -> StoredState:
        with translated():
            return self._known(self._reader.past(customer_id))

    def pasts(self, customer_ids: Sequence[str]) -> Mapping[str, StoredState]:
        with translated():
            found = self._reader.pasts(list(dict.fromkeys(customer_ids)))
        return {customer: self._known(one) for customer, one in found.items()}

    def decision_or_past(self, decision_id: str, customer_id: str) -> DecisionRow | StoredState:
        with translated():
            found = self._reader.decision_or_past(decision_id, customer_id)
        return self._known(found) if isinstance(found, PersonPast) else decision_row(found)

    def _known(self, found: PersonPast) -> StoredState:
        if not found.kept:
            self._people.states.note_behind([found.person.person])
        return stored_past(found.person, found.past)

    def outcomes_of(self, decision_ids: Sequence[str]) -> Sequence[OutcomeRow]:
        rows: list[OutcomeRow] = []
        with self._transaction() as connection:
            for chunk in chunks(decision_ids):
                statement = (
                    sa.select(outcomes)
                    .where(outcomes.c.decision_id.in_(chunk))
                    .order_by(outcomes.c.occurred_at, outcomes.c.outcome_id)
                )
                rows += [outcome_row(dict(row)) for row in connection.execute(statement).mappings()]
        return rows

    def records_of(self, customer_id: str, limit: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
        with self._transaction() as connection:
            customer_id = persons(connection, [customer_id])[customer_id]
            of_customer = {"customer": customer_id, "limit": limit}
            return {
                "profiles": profiles_by_id(connection, customer_id),
                "interactions": _newest(connection, interactions, customer_id, "occurred_at", limit),
                "decisions": _with_delivery(connection, customer_id, limit),
                "outcomes": [
                    plain_row(row)
                    for row in connection.execute(queries.OUTCOMES_OF_CUSTOMER, of_customer).mappings()
                ],
            }


def _newest(
    connection: Connection, table: sa.Table, customer_id: str, time: str, limit: int
) -> list[dict[str, object]]:
    statement = (
        sa.select(table)
        .where(table.c.customer_id == customer_id)
        .order_by(table.c[time].desc(), table.c[key_of(table)])
        .limit(limit)
    )
    return [plain_row(row) for row in connection.execute(statement).mappings()]


def _with_delivery(connection: Connection, customer_id: str, limit: int) -> list[dict[str, object]]:
    """Decisions, newest first; ``delivered_at`` as the outcomes say it, where they were deferred."""
    rows = _newest(connection, decisions, customer_id, "decided_at", limit)
    parameters = {"customer": customer_id, "limit": limit}
    delivered = {
        row.decision_id: row.delivered_at for row in connection.execute(queries.DELIVERIES, parameters)
    }
    shown = with_candidates(connection, rows)
    return [{**row, "delivered_at": delivered.get(row["decision_id"])} for row in shown]

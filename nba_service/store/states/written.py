"""What rows that were just written add to states.

Where that cannot be told from the rows alone (a deferred decision is delivered by its first outcome, a row
may have been there before) the state is made anew from all rows. Runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.past import PastEvent
from models.errors import HistoryError
from nba_service.store.rows import DELIVERED
from nba_service.store.sql.lookups import chunks, having, text_in
from nba_service.store.sql.row_codec import InteractionColumns, OutcomeColumns
from nba_service.store.sql.sqlite_driver import AnyConnection, of_sqlalchemy, rows_of_some
from nba_service.store.sql.tables import decisions, outcomes
from nba_service.store.states.events import of_decision, of_interaction, of_outcome
from nba_service.store.states.following import States

Rows = Sequence[Mapping[str, object]]


def follow(
    states: States,
    connection: Connection,
    table: str,
    rows: Rows,
    touched: Mapping[str, int],
    all_new: bool,
) -> None:
    """Have the states of people follow the interactions or outcomes that were written about them.

    Args:
        rows: what was written, under the ids of persons; of other tables nothing is an event.
        touched: how often the version of each person was raised.
        all_new: whether none of the rows was there before.
    """
    events: dict[str, list[PastEvent]] = {}
    unsure: set[str] = set() if all_new or not rows else set(touched)
    told = _interactions(rows) if table == "interactions" else ()
    if table == "outcomes":
        told = _outcomes(connection, rows)
    for person, event in told:
        if event is None:
            unsure.add(person)
        else:
            events.setdefault(person, []).append(event)
    states.follow(connection, touched, events, unsure)


def contacts_of(
    connection: AnyConnection, stored: Mapping[str, Mapping[str, object]]
) -> tuple[dict[str, list[PastEvent]], set[str]]:
    """The contacts that stored decisions are, by person, and the persons whose outcomes came before."""
    events: dict[str, list[PastEvent]] = {}
    answered = set(_answered(connection, list(stored)))
    for key, row in stored.items():
        delivered = row["delivered_at"]
        if isinstance(delivered, int) and row["contacts"] != "[]":
            made = of_decision(key, delivered, text_in(row, "contacts"))
            events.setdefault(text_in(row, "customer_id"), []).extend(made)
    return events, {text_in(stored[key], "customer_id") for key in answered}


def _interactions(rows: Rows) -> Iterator[tuple[str, PastEvent | None]]:
    for row in cast("Sequence[InteractionColumns]", rows):
        try:
            event = of_interaction(
                row["interaction_id"],
                row["occurred_at"],
                row["touchpoint"],
                row["channel"],
                row["action"],
                row["phase"],
                row["value"],
                row["properties"],
            )
        except HistoryError:  # a decision will say so
            yield row["customer_id"], None
        else:
            yield row["customer_id"], event


def _outcomes(connection: Connection, rows: Rows) -> Iterator[tuple[str, PastEvent | None]]:
    """None: of a deferred decision, or of one that was found for the outcome."""
    mine = cast("Sequence[OutcomeColumns]", rows)
    of = {row["decision_id"] for row in mine if not row["customer_id"]}
    decided = {row.decision_id: row for row in _decided(connection, sorted(of))}
    for row in mine:
        if row["customer_id"]:
            yield row["customer_id"], None
        elif (decision := decided.get(row["decision_id"])) is not None:
            person = str(decision.customer_id)
            if decision.delivered_at is None:
                yield person, None
            elif row["outcome"] != DELIVERED:
                yield person, _outcome(row, decision)


def _outcome(row: OutcomeColumns, decision: sa.Row[tuple[object, ...]]) -> PastEvent | None:
    try:
        return of_outcome(
            row["outcome_id"],
            row["occurred_at"],
            row["outcome"],
            decision.channel,
            decision.action,
            row["value"],
            row["properties"],
        )
    except HistoryError:
        return None


def _decided(connection: Connection, ids: Sequence[str]) -> Iterator[sa.Row[tuple[object, ...]]]:
    names = ("decision_id", "customer_id", "delivered_at", "action", "channel")
    for chunk in chunks(ids):
        columns = sa.select(*(decisions.c[name] for name in names))
        yield from connection.execute(columns.where(having(connection, decisions, chunk)))


def _answered(connection: AnyConnection, ids: Sequence[str]) -> Iterator[str]:
    """Decisions whose outcomes were told before they were."""
    if isinstance(connection, Connection):
        for chunk in chunks(ids):
            told = sa.select(outcomes.c.decision_id).where(outcomes.c.decision_id.in_(chunk)).distinct()
            yield from of_sqlalchemy(connection).execute(told).scalars()
    else:
        for (key,) in rows_of_some(connection, _ANSWERED, ids):
            yield str(key)


_ANSWERED: Final = "SELECT DISTINCT decision_id FROM outcomes WHERE decision_id IN ({})"

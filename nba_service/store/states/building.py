"""Pasts out of all rows of some people.

What a kept state must be equal to. Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.past import NO_PAST, Past, PastEvent
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.queries import CONTACTED_AT, LEAVING_DECISION
from nba_service.store.states.events import of_decision, of_interaction, of_outcome

Events = dict[str, list[PastEvent]]
"""By person."""


class Leaving(NamedTuple):
    """Which rows retention takes.

    What happened ``before`` (ms) and is not open ``now``.
    """

    before: int
    now: int


def build_all(connection: Connection, people: Sequence[str], bases: Mapping[str, Past]) -> dict[str, Past]:
    """The pasts of people; ``bases``: what retention folded of some of them.

    Raises:
        PastError: a past has too many sorts of events.
        HistoryError: a value is no sensible amount.
    """
    events = events_of(connection, people)
    return {person: bases.get(person, NO_PAST).add(events[person]) for person in people}


def events_of(connection: Connection, people: Sequence[str], leaving: Leaving | None = None) -> Events:
    """All events that rows say people had; ``leaving``: only those of rows that retention takes."""
    events: Events = {person: [] for person in people}
    for chunk in chunks(people):
        for person, event in _all(connection, chunk, leaving):
            events[person].append(event)
    return events


def _all(
    connection: Connection, people: Sequence[str], leaving: Leaving | None
) -> Iterator[tuple[str, PastEvent]]:
    interactions, contacts, outcomes = _STATEMENTS if leaving is None else _LEAVING
    parameters: dict[str, object] = {"people": list(people)}
    if leaving is not None:
        parameters |= leaving._asdict()
    for person, *columns in connection.execute(interactions, parameters):
        yield person, of_interaction(*columns)
    for person, key, at, delivered in connection.execute(contacts, parameters):
        if at is not None:  # deferred, and not delivered yet
            yield from ((person, event) for event in of_decision(key, at, delivered))
    for person, *columns in connection.execute(outcomes, parameters):
        yield person, of_outcome(*columns)


def _statements(of_interactions: str = "", of_decisions: str = "") -> tuple[sa.TextClause, ...]:
    """The three statements, with more conditions."""
    interactions = f"""
SELECT i.customer_id, i.interaction_id, i.occurred_at, i.touchpoint, i.channel, i.action, i.phase, i.value,
       i.properties
FROM interactions i WHERE i.customer_id IN :people {of_interactions}"""  # noqa: S608 - constants
    contacts = f"""
SELECT d.customer_id, d.decision_id, {CONTACTED_AT}, d.contacts
FROM decisions d WHERE d.customer_id IN :people AND d.contacts <> '[]' {of_decisions}"""  # noqa: S608
    outcomes = f"""
SELECT d.customer_id, o.outcome_id, o.occurred_at, o.outcome, d.channel, d.action, o.value,
       o.properties
FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
WHERE d.customer_id IN :people AND o.outcome <> 'delivered' {of_decisions}"""  # noqa: S608
    texts = (interactions, contacts, outcomes)
    return tuple(sa.text(text).bindparams(sa.bindparam("people", expanding=True)) for text in texts)


_STATEMENTS: Final = _statements()

_LEAVING: Final = _statements("AND i.occurred_at < :before", f"AND {LEAVING_DECISION}")

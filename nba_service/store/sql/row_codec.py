"""Rows of Python to columns of the database and back; JSON becomes text here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import orjson

from nba_service.http.json_body import canonical_json
from nba_service.store.rows import (
    CustomerRow,
    DecisionRow,
    Event,
    InteractionRow,
    OutcomeRow,
    StoredState,
)
from nba_service.store.sql.tables import decisions

EventColumns = tuple[str, int, str, str | None, str | None, str | None, float | None, Any, str]
"""A row of ``queries.EVENTS`` or ``queries.AHEAD``: an ``Event`` whose properties (of a decision: contacts)
are still text."""


def customer_row(row: Mapping[str, Any]) -> CustomerRow:
    attributes, consent = orjson.loads(row["attributes"]), orjson.loads(row["consent"])
    return CustomerRow(**{**row, "attributes": attributes, "consent": consent})


def events(rows: Iterable[EventColumns]) -> Iterator[Event]:
    """Rows as events; a decision on several placements is as many contacts."""
    for source, at, name, channel, action, phase, value, told, key in rows:
        if source == "decision":
            for what, where in orjson.loads(told):
                yield Event(source, at, name, where, what, phase, value, {}, key)
        else:
            yield Event(
                source, at, name, channel, action, phase, value, orjson.loads(told) if told else {}, key
            )


def customer_columns(row: CustomerRow) -> dict[str, object]:
    return {
        "customer_id": row.customer_id,
        "account_id": row.account_id,
        "attributes": canonical_json(row.attributes),
        "consent": canonical_json(row.consent),
        "locale": row.locale,
        "time_zone": row.time_zone,
        "updated_at": row.updated_at,
    }


def interaction_columns(row: InteractionRow) -> dict[str, object]:
    return {
        "interaction_id": row.interaction_id,
        "customer_id": row.customer_id,
        "occurred_at": row.occurred_at,
        "channel": row.channel,
        "touchpoint": row.touchpoint,
        "action": row.action,
        "phase": row.phase,
        "value": row.value,
        "properties": canonical_json(row.properties) if row.properties else None,
    }


def outcome_columns(row: OutcomeRow) -> dict[str, object]:
    return {
        "outcome_id": row.outcome_id,
        "decision_id": row.decision_id,
        "outcome": row.outcome,
        "value": row.value,
        "occurred_at": row.occurred_at,
        "customer_id": row.customer_id,
        "action": row.action,
        "channel": row.channel,
        "window_ms": row.window_ms,
        "attribution": row.attribution,
    }


_PROFILE: Final = tuple(field.name for field in fields(CustomerRow))
_DECISION_COLUMNS: Final = tuple(column.name for column in decisions.columns)


def newest(rows: Sequence[EventColumns], limit: int) -> Sequence[EventColumns]:
    """The newest ``limit`` interactions and outcomes, and every contact, newest first as they came.

    Contacts are never crowded out: however much a customer clicks, contact limits count them all.
    """
    if len(rows) <= limit:
        return rows
    kept: list[EventColumns] = []
    room = limit
    for row in rows:
        contact = row[0] == "decision"
        room -= not contact
        if room >= 0 or contact:
            kept.append(row)
    return kept


def stored_state(
    person: Any, past: Sequence[EventColumns], ahead: Sequence[EventColumns], limit: int
) -> StoredState:
    """The state out of rows of ``queries.PERSON``, ``EVENTS`` and ``AHEAD``; version 0: never written."""
    known = person.customer_id is not None
    return StoredState(
        customer=customer_row({name: getattr(person, name) for name in _PROFILE}) if known else None,
        events=tuple(events(reversed(newest(past, limit)))),
        person=person.person,
        version=person.version or 0,
        ahead=tuple(events(ahead)),
    )


def decision_columns(row: DecisionRow) -> dict[str, object]:
    columns = {name: getattr(row, name) for name in _DECISION_COLUMNS}
    columns["contacts"] = orjson.dumps(row.contacts).decode()
    return columns


def decision_row(row: Mapping[str, Any]) -> DecisionRow:
    contacts = tuple((action, channel) for action, channel in orjson.loads(row["contacts"]))
    return DecisionRow(**{**row, "contacts": contacts})

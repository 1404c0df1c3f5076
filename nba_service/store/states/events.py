"""Rows of the store as events of a past.

Knows columns; knows nothing of who keeps them. An action that is doing nothing is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from models.domain.actions import NOTHING
from models.domain.history import to_cents
from models.domain.interaction import Kind
from models.domain.past import PastEvent, Sort, key_of
from models.domain.past.details import detail_of_text
from nba_service.store.sql.row_codec import EventColumns

TOUCHPOINT, CONTACT, OUTCOME = (int(kind) for kind in Kind)
CONTACT_NAME = "contact"
"""The name of the contact that a delivered decision is."""


def of_interaction(
    row_id: str,
    at: int,
    touchpoint: str,
    channel: str | None,
    action: str | None,
    phase: str | None,
    value: float | None,
    properties: str | None,
) -> PastEvent:
    """Columns of ``interactions`` as an event.

    Raises:
        HistoryError: the value is no sensible amount.
    """
    sort = Sort(TOUCHPOINT, touchpoint, channel, _none_if_nothing(action), phase)
    key, detail = key_of(TOUCHPOINT, row_id), detail_of_text(properties)
    return PastEvent(at, sort, _cents(value, row_id), key, detail)


def of_decision(row_id: str, at: int, contacts: str) -> Iterator[PastEvent]:
    """The contacts of a decision that was delivered ``at``; one on several placements is as many."""
    for number, (action, channel) in enumerate(orjson.loads(contacts)):
        sort = Sort(CONTACT, CONTACT_NAME, channel, _none_if_nothing(action))
        yield PastEvent(at, sort, 0, key_of(CONTACT, row_id, number))


def of_outcome(
    row_id: str,
    at: int,
    name: str,
    channel: str | None,
    action: str | None,
    value: float | None,
    properties: str | None,
) -> PastEvent:
    """An outcome with the channel and action of its decision.

    Raises:
        HistoryError: the value is no sensible amount.
    """
    sort = Sort(OUTCOME, name, channel, _none_if_nothing(action))
    key, detail = key_of(OUTCOME, row_id), detail_of_text(properties)
    return PastEvent(at, sort, _cents(value, row_id), key, detail)


def events_of_columns(rows: Iterable[EventColumns]) -> Iterator[PastEvent]:
    """Rows of ``queries.ALL_EVENTS`` as events."""
    for source, at, name, channel, action, phase, value, properties, key in rows:
        if source == "decision":
            yield from of_decision(key, at, properties or "[]")
        elif source == "outcome":
            yield of_outcome(key, at, name, channel, action, value, properties)
        else:
            yield of_interaction(key, at, name, channel, action, phase, value, properties)


def _none_if_nothing(action: str | None) -> str | None:
    return None if action == NOTHING else action


def _cents(value: float | None, row_id: str) -> int:
    return to_cents(value, f"the event {row_id!r}") if value else 0

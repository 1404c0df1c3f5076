"""Rows of Python to columns of the database and back.

JSON becomes text here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import orjson

from models.domain.consent import NO_CONSENTS, Ledger, Standing, Statement, current
from models.domain.past import Past
from nba_service.http.json_body import canonical_json
from nba_service.store.rows import (
    AccountRow,
    CustomerRow,
    DecisionRow,
    Event,
    InteractionRow,
    OutcomeRow,
    StoredState,
)
from nba_service.store.sql.packed_answers import read_answer

EventColumns = tuple[str, int, str, str | None, str | None, str | None, float | None, str | None, str]
"""A row of ``queries.EVENTS`` or ``queries.AHEAD``: an ``Event`` whose properties (of a decision: contacts)
are still text."""


class PersonColumns(NamedTuple):
    """A row of ``queries.PERSON``.

    A person, their version and times, and their profile if there is one.
    """

    person: str
    version: int | None
    latest_at: int | None
    first_at: int | None
    customer_id: str | None
    account_id: str | None
    role: str | None
    attributes: str
    consent: str
    locale: str | None
    time_zone: str | None
    updated_at: int
    ledger: str | None
    state_version: int | None
    state: bytes | None
    base: bytes | None


class CustomerColumns(TypedDict):
    """The columns of ``customers``."""

    customer_id: str
    account_id: str | None
    role: str | None
    attributes: str
    consent: str
    locale: str | None
    time_zone: str | None
    updated_at: int


class InteractionColumns(TypedDict):
    """The columns of ``interactions``."""

    interaction_id: str
    customer_id: str
    occurred_at: int
    channel: str | None
    touchpoint: str
    action: str | None
    phase: str | None
    value: float | None
    properties: str | None


class OutcomeColumns(TypedDict):
    """The columns of ``outcomes``."""

    outcome_id: str
    decision_id: str
    outcome: str
    value: float | None
    occurred_at: int
    customer_id: str | None
    action: str | None
    channel: str | None
    window_ms: int | None
    attribution: str | None
    properties: str | None


class DecisionColumns(TypedDict):
    """The columns of ``decisions``."""

    decision_id: str
    customer_id: str
    decided_at: int
    delivered_at: int | None
    action: str
    channel: str | None
    action_probability: float | None
    contacts: str
    context: str | None
    candidates: str | None
    bundle: str | None
    policy: str | None
    arm: str | None
    request: str | None
    answer: str | bytes | None
    state: bytes | None
    deliver_by: int | None
    phase: str | None
    propensity: float | None
    updates: str | None
    came_as: str | None
    reason: str | None
    refusals: str | None
    taken: str | None
    workings: bytes | None
    variant: str | None
    variant_probability: float | None


def read_ledger(text: str | None) -> Ledger:
    """A ledger of consents from its column."""
    if text is None:
        return NO_CONSENTS
    return _ledger(orjson.loads(text))


def write_ledger(ledger: Ledger) -> str:
    """The column of a ledger; the inverse of ``read_ledger``."""
    return orjson.dumps(_standings(ledger)).decode()


def read_origins(text: str | None) -> dict[str, Ledger] | None:
    """The ledgers by the ids that they came in with, from their column."""
    if text is None:
        return None
    return {key: _ledger(standings) for key, standings in orjson.loads(text).items()}


def write_origins(origins: Mapping[str, Ledger] | None) -> str | None:
    """The column of ledgers by ids; the inverse of ``read_origins``."""
    if origins is None:
        return None
    return orjson.dumps({key: _standings(ledger) for key, ledger in origins.items()}).decode()


def _ledger(standings: Mapping[str, Sequence[Sequence[Any] | None]]) -> Ledger:
    return {
        flag: Standing(
            None if granted is None else Statement(*granted), None if refused is None else Statement(*refused)
        )
        for flag, (granted, refused) in standings.items()
    }


def _standings(ledger: Ledger) -> dict[str, object]:
    return {
        flag: [None if told is None else list(told[: 4 if told.order else 3]) for told in standing]
        for flag, standing in sorted(ledger.items())
    }


def customer_row(row: CustomerColumns) -> CustomerRow:
    """The profile, with what it last said of consents."""
    return CustomerRow(
        customer_id=row["customer_id"],
        account_id=row["account_id"],
        role=row.get("role"),
        attributes=orjson.loads(row["attributes"]),
        consent=orjson.loads(row["consent"]),
        locale=row["locale"],
        time_zone=row["time_zone"],
        updated_at=row["updated_at"],
    )


def customer_columns(row: CustomerRow) -> CustomerColumns:
    return {
        "customer_id": row.customer_id,
        "account_id": row.account_id,
        "role": row.role,
        "attributes": canonical_json(row.attributes),
        "consent": canonical_json(row.consent),
        "locale": row.locale,
        "time_zone": row.time_zone,
        "updated_at": row.updated_at,
    }


def interaction_columns(row: InteractionRow) -> InteractionColumns:
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


def outcome_columns(row: OutcomeRow) -> OutcomeColumns:
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
        "properties": canonical_json(row.properties) if row.properties else None,
    }


def outcome_row(row: Mapping[str, Any]) -> OutcomeRow:
    """A row of ``outcomes`` as it is stored."""
    told = row["properties"]
    return OutcomeRow(**{**row, "properties": orjson.loads(told) if told else {}})


def decision_columns(row: DecisionRow) -> DecisionColumns:
    return {
        "decision_id": row.decision_id,
        "customer_id": row.customer_id,
        "decided_at": row.decided_at,
        "delivered_at": row.delivered_at,
        "action": row.action,
        "channel": row.channel,
        "action_probability": row.action_probability,
        "contacts": orjson.dumps(row.contacts).decode(),
        "context": row.context,
        "candidates": row.candidates,
        "bundle": row.bundle,
        "policy": row.policy,
        "arm": row.arm,
        "request": row.request,
        "answer": row.answer,
        "state": row.state,
        "deliver_by": row.deliver_by,
        "phase": row.phase,
        "propensity": row.propensity,
        "updates": row.updates,
        "came_as": row.came_as,
        "reason": row.reason,
        "refusals": row.refusals,
        "taken": row.taken,
        "workings": row.workings,
        "variant": row.variant,
        "variant_probability": row.variant_probability,
    }


def decision_row(row: DecisionColumns) -> DecisionRow:
    return DecisionRow(
        decision_id=row["decision_id"],
        customer_id=row["customer_id"],
        decided_at=row["decided_at"],
        delivered_at=row["delivered_at"],
        action=row["action"],
        channel=row["channel"],
        action_probability=row["action_probability"],
        contacts=tuple((action, channel) for action, channel in orjson.loads(row["contacts"])),
        context=row["context"],
        candidates=row["candidates"],
        bundle=row["bundle"],
        policy=row["policy"],
        arm=row["arm"],
        request=row["request"],
        answer=read_answer(row["answer"]),
        state=row["state"],
        deliver_by=row["deliver_by"],
        phase=row["phase"],
        propensity=row["propensity"],
        updates=row["updates"],
        came_as=row["came_as"],
        reason=row["reason"],
        refusals=row["refusals"],
        taken=row["taken"],
        workings=row["workings"],
        variant=row["variant"],
        variant_probability=row["variant_probability"],
    )


def events(rows: Iterable[EventColumns]) -> Iterator[Event]:
    """Rows as events; a decision on several placements is as many contacts."""
    for source, at, name, channel, action, phase, value, properties, key in rows:
        if source == "decision":
            for treated, on in orjson.loads(properties or "[]"):
                yield Event(source, at, name, on, treated, phase, value, {}, key)
        else:
            content = orjson.loads(properties) if properties else {}
            yield Event(source, at, name, channel, action, phase, value, content, key)


def newest(rows: Sequence[EventColumns], limit: int) -> Sequence[EventColumns]:
    """The newest ``limit`` interactions, and every contact and outcome, newest first as they came.

    These are never crowded out: however much a customer clicks, contact limits count all contacts, and a no
    stays a no.
    """
    if len(rows) <= limit:
        return rows
    within: list[EventColumns] = []
    room = limit
    for row in rows:
        clicked = row[0] == "interaction"
        room -= clicked
        if room >= 0 or not clicked:
            within.append(row)
    return within


def stored_state(
    person: PersonColumns,
    past: Sequence[EventColumns],
    ahead: Sequence[EventColumns],
    limit: int,
    lasting: Sequence[EventColumns] = (),
) -> StoredState:
    """The state out of rows of ``queries.PERSON``, ``EVENTS``, ``AHEAD`` and ``LASTING``.

    Version 0: never written.
    """
    kept = newest(past, limit)
    if lasting:
        kept = sorted([*kept, *lasting], key=lambda row: (row[1], row[0], row[8]), reverse=True)
    ledger = read_ledger(person.ledger)
    return StoredState(
        customer=_profile(person, ledger),
        events=tuple(events(reversed(kept))),
        person=person.person,
        version=person.version or 0,
        ahead=tuple(events(ahead)),
        consents=ledger,
    )


def stored_past(person: PersonColumns, past: Past) -> StoredState:
    """The state of a person with all that is known to have happened with them."""
    ledger = read_ledger(person.ledger)
    return StoredState(
        customer=_profile(person, ledger),
        events=(),
        person=person.person,
        version=person.version or 0,
        consents=ledger,
        past=past,
    )


def _profile(person: PersonColumns, ledger: Ledger) -> CustomerRow | None:
    if person.customer_id is None:
        return None
    return CustomerRow(
        customer_id=person.customer_id,
        account_id=person.account_id,
        role=person.role,
        attributes=orjson.loads(person.attributes),
        consent=current(ledger),
        locale=person.locale,
        time_zone=person.time_zone,
        updated_at=person.updated_at,
    )


def account_row(row: Sequence[object]) -> AccountRow:
    """The columns of ``queries.ACCOUNT``."""
    account_id, attributes, updated_at = row
    return AccountRow(
        account_id=str(account_id), attributes=orjson.loads(str(attributes)), updated_at=int(str(updated_at))
    )

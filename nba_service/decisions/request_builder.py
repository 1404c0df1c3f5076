"""What is known of a customer at a moment.

The store's knowledge and the caller's, made one. The caller wins over the stored profile, field by field, but
cannot undo a consent that is stored as refused: a refusal holds until a later grant is stored.
Interactions of the caller are added to the stored ones for this decision and not kept; one whose id is stored
already is not counted twice. Deferred decisions count as contacts from the moment they were delivered; what
lies ahead of the decision counts for contact limits alone. Whichever id was asked for, the customer is the
person behind it. ``encode_state`` keeps all of it, so that replay sees what the decision saw, whatever is
stored or erased later.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, TypeVar

import orjson

from models.configurations.coding import decode_configured, encode_configured
from models.domain.account import AccountState
from models.domain.actions import NOTHING
from models.domain.consent import current, refuse_by_event
from models.domain.decision import DecisionRequest
from models.domain.history import from_ms, to_ms
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.past import Past, PastEvent, event_of, pack, unpack
from models.domain.past.facts import last_times
from models.policy.choice.best_time import WINDOW
from nba_service.decisions.accounts.coding import decode_account, encode_account
from nba_service.decisions.calls import DecisionCall, InteractionCall, Profile
from nba_service.decisions.checks import usable_attributes
from nba_service.engine.names import Names
from nba_service.http.json_body import dump_json
from nba_service.store.rows import CustomerRow, Event, StoredState

_SHORT_BYTES: Final = 4_096
_WITH_PAST: Final = b"\x01"
_NO_ROOMS: Final[Mapping[str, int]] = {}
_NOTHING_STATED: Final = Profile()

Item = TypeVar("Item")

_MADE_HERE: Final = {"decision_id", "decided_at", "interactions", "window"}
_AS_ASKED: Final = tuple(
    field.name
    for field in fields(DecisionRequest)
    if field.name in {asked.name for asked in fields(DecisionCall)} - _MADE_HERE
)
"""Fields of a call that the core reads as they are: those of the same name."""

_KIND: Final = {"interaction": Kind.TOUCHPOINT, "decision": Kind.CONTACT, "outcome": Kind.OUTCOME}


def build_request(
    names: Names,
    call: DecisionCall,
    stored: StoredState,
    *,
    decision_id: str,
    decided_at: datetime,
    rooms: Mapping[str, int] = _NO_ROOMS,
    account: AccountState | None = None,
) -> DecisionRequest:
    """The decision request: everything known at ``decided_at`` and nothing known later.

    ``rooms``: what the day's capacity has left, by channel. ``account``: the customer's.
    """
    customer = _customer(
        names,
        stored.person or call.customer_id,
        stored.customer,
        call.profile,
        _consents(names, stored, call, to_ms(decided_at)),
    )
    if stored.past is None:
        interactions = _interactions(stored.events, call.interactions)
        ahead = tuple([_of_event(event, Kind.CONTACT) for event in stored.ahead if _is_contact(names, event)])
        return _request(call, customer, interactions, decision_id, decided_at, ahead, rooms, account=account)
    past = stored.past
    if call.interactions:
        past = past.add(_stated(call.interactions))
    ahead = _contacts_ahead(names, past, to_ms(decided_at))
    return _request(call, customer, (), decision_id, decided_at, ahead, rooms, past, account)


def encode_state(request: DecisionRequest) -> bytes:
    """Customer and interactions of a request, compact; ``decode_state`` gives them back.

    A short one stays as it is: compressing it costs more time than its bytes are worth. A packed past lies
    behind the rest.
    """
    customer = request.customer
    value = {
        "customer": [customer.attributes, customer.consent, customer.locale, customer.time_zone],
        "interactions": [_encoded(event) for event in request.interactions],
        "person": customer.customer_id,
        "ahead": [_encoded(event) for event in request.ahead],
        "rooms": request.rooms,
        **({"withheld": request.withheld} if request.withheld else {}),
        **({"account": encode_account(request.account)} if request.account is not None else {}),
        **({} if request.configured is None else {"configured": encode_configured(request.configured)}),
    }
    plain = dump_json(value)
    if request.past is not None:
        return b"".join((_WITH_PAST, len(plain).to_bytes(4, "big"), plain, pack(request.past)))
    return plain if len(plain) <= _SHORT_BYTES else zlib.compress(plain, 1)


def decode_state(
    call: DecisionCall, state: bytes, *, decision_id: str, decided_at: datetime
) -> DecisionRequest:
    """The request that ``encode_state`` kept the state of, together with what was asked."""
    past = None
    if state.startswith(_WITH_PAST):
        begin = len(_WITH_PAST) + 4
        end = begin + int.from_bytes(state[len(_WITH_PAST) : begin], "big")
        state, past = state[begin:end], unpack(state[end:])
    value = orjson.loads(state if state.startswith(b"{") else zlib.decompress(state))
    attributes, consent, locale, time_zone = value["customer"]
    customer = Customer(
        customer_id=value.get("person") or call.customer_id,
        attributes=attributes,
        consent=consent,
        locale=locale,
        time_zone=time_zone,
    )
    interactions, ahead = (
        tuple(_decoded(event) for event in value.get(name, ())) for name in ("interactions", "ahead")
    )
    rooms = value.get("rooms") or _NO_ROOMS
    account = decode_account(value["account"]) if "account" in value else None
    request = _request(call, customer, interactions, decision_id, decided_at, ahead, rooms, past, account)
    configured = decode_configured(value["configured"]) if "configured" in value else None
    return replace(request, withheld=tuple(value.get("withheld", ())), configured=configured)


def _encoded(event: Interaction) -> list[object]:
    return [
        to_ms(event.occurred_at),
        *(int(event.kind), event.channel, event.touchpoint, event.action, event.phase),
        *(event.value, event.properties or None),
    ]


def _decoded(value: list[Any]) -> Interaction:
    at, kind, channel, touchpoint, action, phase, amount, properties = value
    return Interaction(
        occurred_at=from_ms(at),
        kind=Kind(kind),
        channel=channel,
        touchpoint=touchpoint,
        action=action,
        phase=phase,
        value=amount,
        properties=properties or {},
    )


def _request(
    call: DecisionCall,
    customer: Customer,
    interactions: tuple[Interaction, ...],
    decision_id: str,
    decided_at: datetime,
    ahead: tuple[Interaction, ...] = (),
    rooms: Mapping[str, int] = _NO_ROOMS,
    past: Past | None = None,
    account: AccountState | None = None,
) -> DecisionRequest:
    return DecisionRequest(
        past=past,
        account=account,
        decision_id=decision_id,
        customer=customer,
        decided_at=decided_at,
        interactions=interactions,
        stated_phase=call.phase,
        window=_window(call, decided_at),
        ahead=ahead,
        rooms=rooms,
        **{name: getattr(call, name) for name in _AS_ASKED},
    )


def _window(call: DecisionCall, decided_at: datetime) -> tuple[datetime, datetime] | None:
    """Where the best time is looked for; None unless it was asked for."""
    if call.when is None:
        return None
    if call.window is None:
        return decided_at, decided_at + WINDOW
    return call.window.begin or decided_at, call.window.until


def _consents(names: Names, stored: StoredState, call: DecisionCall, before: int) -> dict[str, bool]:
    """What holds: the stored ledger, and for this decision what the caller says, but for refusals stored.

    Events that take a consent back count although they are not in the ledger: the journey file may not have
    said so yet when they came.
    """
    held = held_consents(names, stored, before)
    stated = call.profile.consent if call.profile is not None else {}
    withdrawn = [flag for one in call.interactions for flag in names.withdraws.get(one.touchpoint, ())]
    refused = [flag for flag, given in held.items() if not given]
    return {**held, **stated, **dict.fromkeys(refused, False), **dict.fromkeys(withdrawn, False)}


def held_consents(names: Names, stored: StoredState, before: int) -> dict[str, bool]:
    """What holds by what is stored: the ledger, and events before a moment that take a consent back."""
    ledger = stored.consents
    last = {event.name: event.occurred_at for event in stored.events if event.name in names.withdraws}
    if stored.past is not None:
        last |= last_times(stored.past, names.withdraws, before)
    for name, at in sorted(last.items(), key=itemgetter(1)):
        for flag in names.withdraws[name]:
            ledger = refuse_by_event(ledger, flag, at, name)
    return current(ledger)


def _customer(
    names: Names,
    customer_id: str,
    stored: CustomerRow | None,
    stated: Profile | None,
    consent: Mapping[str, bool],
) -> Customer:
    stored = stored or CustomerRow(customer_id=customer_id)
    stated = stated or _NOTHING_STATED
    return Customer(
        customer_id=customer_id,
        attributes=usable_attributes(names, _merged(stored.attributes, stated.attributes)),
        consent=consent,
        locale=stated.locale or stored.locale,
        time_zone=stated.time_zone or stored.time_zone,
    )


def _merged(stored: Mapping[str, Item], stated: Mapping[str, Item]) -> dict[str, Item]:
    return {**stored, **stated} if stated else dict(stored)


def _stated(stated: Iterable[InteractionCall]) -> Iterator[PastEvent]:
    """What the caller adds for this decision; what has the id of a stored one is that one."""
    for number, call in enumerate(stated):
        yield event_of(_of_call(call), call.interaction_id or f" stated {number}")


def _contacts_ahead(names: Names, past: Past, moment: int) -> tuple[Interaction, ...]:
    """Contacts at or after the moment."""
    begin = int(past.at.searchsorted(moment))
    if begin == len(past):
        return ()
    sorts = [past.vocabulary.sorts[code] for code in past.sort[begin:].tolist()]
    return tuple(
        Interaction(
            occurred_at=from_ms(at),
            kind=Kind.CONTACT,
            channel=sort.channel,
            touchpoint=sort.name,
            action=sort.action,
        )
        for at, sort in zip(past.at[begin:].tolist(), sorts, strict=True)
        if sort.kind == Kind.CONTACT or sort.name in names.contact
    )


def _is_contact(names: Names, event: Event) -> bool:
    return event.source == "decision" or event.name in names.contact


def _interactions(events: Iterable[Event], stated: tuple[InteractionCall, ...]) -> tuple[Interaction, ...]:
    stored_ids = {event.key for event in events if event.source == "interaction"} if stated else set()
    known = [_of_event(event) for event in events]
    added = [_of_call(call) for call in stated if call.interaction_id not in stored_ids]
    return tuple(known + added)


def _of_event(event: Event, kind: Kind | None = None) -> Interaction:
    """``kind``: as what it counts; None: what its table says."""
    source, at, name, channel, action, phase, value, properties, _ = event
    return Interaction(
        occurred_at=from_ms(at),
        kind=_KIND[source] if kind is None else kind,
        channel=channel,
        touchpoint=name,
        action=None if action == NOTHING else action,
        phase=phase,
        value=value or 0.0,
        properties=properties,
    )


def _of_call(call: InteractionCall) -> Interaction:
    if call.occurred_at is None:
        raise ValueError("an interaction within a decision has a time: the schema requires it")
    return Interaction(
        occurred_at=call.occurred_at,
        channel=call.channel,
        touchpoint=call.touchpoint,
        action=call.action,
        phase=call.phase,
        value=call.value or 0.0,
        properties=call.properties,
    )

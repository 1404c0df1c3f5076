"""The quick way in.

Bodies that are plainly right, checked and loaded by msgspec. The marshmallow schema is the contract and
writes every error. What is accepted here it accepts too, with the same result (a property test holds the two
together); everything else gives None and goes to the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import marshmallow as ma
import msgspec
import orjson
from msgspec import Meta, Struct

from nba_service.api.customers.schemas import ProfileSchema
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.decisions import calls
from nba_service.http.fields import (
    MAX_AMOUNT,
    MAX_NAME,
    MAX_NUMBER,
    MAX_PROPERTIES_BYTES,
    MAX_TEXT,
    is_time_zone,
    parse_instant,
)
from nba_service.ids import MAX_ID, read_id

Plain = TypeVar("Plain", bound=Struct)
Call = TypeVar("Call")

_Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]  # and read_id
_Name = Annotated[str, Meta(max_length=MAX_NAME, pattern=r"\A[\w .:@/-]+\Z")]
_Locale = Annotated[str, Meta(max_length=35, pattern=r"\A[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*\Z")]
_TimeZone = Annotated[str, Meta(min_length=1, max_length=64)]  # and is_time_zone
_Number = Annotated[float, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
_Weight = Annotated[float, Meta(ge=0, le=100)]
_Scalar = (
    Annotated[str, Meta(max_length=MAX_TEXT)]
    | bool
    | Annotated[int, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    | Annotated[float, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    | None
)
_Object = dict[str, Any]
_Names = Annotated[list[_Name], Meta(min_length=1, max_length=20)]


class _Profile(Struct, forbid_unknown_fields=True):
    account_id: _Id | None = None
    attributes: Annotated[dict[_Name, _Scalar], Meta(max_length=200)] = {}
    consent: Annotated[dict[_Name, bool], Meta(max_length=50)] = {}
    locale: _Locale | None = None
    time_zone: _TimeZone | None = None


class _Interaction(Struct, forbid_unknown_fields=True):
    occurred_at: str
    touchpoint: _Name
    interaction_id: _Id | None = None
    channel: _Name | None = None
    action: _Name | None = None
    phase: _Name | None = None
    value: _Number | None = None
    properties: _Object = {}


class _Window(Struct, forbid_unknown_fields=True, rename={"begin": "from"}):
    until: str
    begin: str | None = None


class _Decision(Struct, forbid_unknown_fields=True):
    customer_id: _Id
    phase: _Name | None = None
    channels: _Names | None = None
    placements: _Names | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 1
    profile: _Profile | None = None
    interactions: Annotated[list[_Interaction], Meta(max_length=500)] = []
    context: _Object = {}
    exclude: Annotated[list[_Name], Meta(max_length=1_000)] = []
    decision_id: _Id | None = None
    deferred: bool = False
    explain: bool = False
    when: Literal["asked"] | None = None
    window: _Window | None = None


class _Context(Struct):
    """What of a context is not free: the rest are flat values."""

    locale: _Locale | None = None
    time: str | None = None
    weights: Annotated[dict[_Name, _Weight], Meta(max_length=200)] | None = None


class _Free(Struct):
    """The rest of a context. A struct, because a type of ``typing`` is hashed anew for each body."""

    values: Annotated[dict[_Name, _Scalar], Meta(max_length=50)]


_SPECIAL: Final = frozenset({"locale", "time", "weights"})


_PREPARED: Final = tuple(msgspec.json.Decoder(kind) for kind in (_Decision, _Profile, _Context, _Free))
"""Made while one thread loads the module: two threads that prepare a struct at its first use crash."""


class _NotPlainError(Exception):
    """Not plainly right: the schema shall look at it."""


def accept_decision(body: object) -> calls.DecisionCall | None:
    """The call that ``body`` plainly is; None: ask the schema."""
    return _accepted(body, _Decision, _decision)


def accept_profile(body: object) -> calls.Profile | None:
    """The same for a profile."""
    return _accepted(body, _Profile, _profile)


ACCEPT: Final[Mapping[type[ma.Schema], Callable[[object], object]]] = {
    DecisionSchema: accept_decision,
    ProfileSchema: accept_profile,
}
"""Which schemas have a quick way in."""


def _accepted(body: object, kind: type[Plain], make: Callable[[Plain], Call]) -> Call | None:
    try:
        return make(msgspec.convert(body, kind))
    except (msgspec.ValidationError, _NotPlainError, ma.ValidationError):
        return None


def _decision(told: _Decision) -> calls.DecisionCall:
    context, decided_at = _context(told.context) if told.context else ({}, None)
    return calls.DecisionCall(
        customer_id=_id(told.customer_id),
        phase=told.phase,
        channels=None if told.channels is None else tuple(told.channels),
        placements=None if told.placements is None else tuple(told.placements),
        limit=told.limit,
        profile=None if told.profile is None else _profile(told.profile),
        interactions=tuple([_interaction(one) for one in told.interactions]),
        context=context,
        exclude=tuple(told.exclude),
        decision_id=None if told.decision_id is None else _id(told.decision_id),
        deferred=told.deferred,
        explain=told.explain,
        decided_at=decided_at,
        when=told.when,
        window=None if told.window is None else _window(told.window),
    )


def _profile(told: _Profile) -> calls.Profile:
    if told.time_zone is not None and not is_time_zone(told.time_zone):
        raise _NotPlainError
    return calls.Profile(
        account_id=None if told.account_id is None else _id(told.account_id),
        attributes=told.attributes,
        consent=told.consent,
        locale=told.locale,
        time_zone=told.time_zone,
    )


def _interaction(told: _Interaction) -> calls.InteractionCall:
    if told.properties and len(orjson.dumps(told.properties)) > MAX_PROPERTIES_BYTES:
        raise _NotPlainError
    return calls.InteractionCall(
        touchpoint=told.touchpoint,
        interaction_id=None if told.interaction_id is None else _id(told.interaction_id),
        occurred_at=parse_instant(told.occurred_at),
        channel=told.channel,
        action=told.action,
        phase=told.phase,
        value=told.value,
        properties=told.properties,
    )


def _window(told: _Window) -> calls.WindowCall:
    begin = None if told.begin is None else parse_instant(told.begin)
    return calls.WindowCall(until=parse_instant(told.until), begin=begin)


def _context(told: _Object) -> tuple[_Object, datetime | None]:
    """The context without its time, and the time."""
    special = msgspec.convert(told, _Context)
    free = {name: value for name, value in told.items() if name not in _SPECIAL}
    found: _Object = msgspec.convert({"values": free}, _Free).values
    if special.weights is not None:
        found["weights"] = special.weights
    if special.locale is not None:
        found["locale"] = special.locale
    return found, None if special.time is None else parse_instant(special.time)


def _id(text: str) -> str:
    named = read_id(text)
    if named is None:
        raise _NotPlainError
    return named

"""The quick way in.

Bodies that are plainly right, checked and loaded by msgspec. The marshmallow schema is the contract and
writes every error. What is accepted here it accepts too, with the same result (a property test holds the two
together); everything else gives None and goes to the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Final, TypeVar

import marshmallow as ma
import msgspec
import orjson
from msgspec import Meta, Struct
from msgspec.structs import asdict

from models.domain.field_values import is_time_zone
from models.domain.ids import read_id
from nba_service.api.customers.schemas import PlainProfile, ProfileSchema
from nba_service.api.decisions.requests import DecisionSchema, PlainDecision, PlainWindow
from nba_service.api.events.schemas import PlainInteraction
from nba_service.decisions import calls
from nba_service.http.fields import MAX_PROPERTIES_BYTES, parse_instant
from nba_service.http.plain_types import PlainLocale, PlainName, PlainObject, PlainScalar

Plain = TypeVar("Plain", bound=Struct)
Call = TypeVar("Call")

_Weight = Annotated[float, Meta(ge=0, le=100)]


class _Context(Struct):
    """What of a context is not free: the rest are flat values."""

    locale: PlainLocale | None = None
    time: str | None = None
    weights: Annotated[dict[PlainName, _Weight], Meta(max_length=200)] | None = None


class _Free(Struct):
    """The rest of a context. A struct, because a type of ``typing`` is hashed anew for each body."""

    values: Annotated[dict[PlainName, PlainScalar], Meta(max_length=50)]


_SPECIAL: Final = frozenset({"locale", "time", "weights"})


_PREPARED: Final = tuple(
    msgspec.json.Decoder(kind) for kind in (PlainDecision, PlainProfile, _Context, _Free)
)
"""Made while one thread loads the module: two threads that prepare a struct at its first use crash."""


class _NotPlainError(Exception):
    """Not plainly right: the schema shall look at it."""


def accept_decision(body: object) -> calls.DecisionCall | None:
    """The call that ``body`` plainly is; None: ask the schema."""
    return _accepted(body, PlainDecision, _decision)


def accept_profile(body: object) -> calls.Profile | None:
    """The same for a profile."""
    return _accepted(body, PlainProfile, _profile)


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


def _decision(plain: PlainDecision) -> calls.DecisionCall:
    values = asdict(plain)  # what needs no more than its plain type passes through, unnamed
    for name, value in values.items():
        if type(value) is list:
            values[name] = tuple(value)
    values["customer_id"] = _id(plain.customer_id)
    if plain.decision_id is not None:
        values["decision_id"] = _id(plain.decision_id)
    if plain.profile is not None:
        values["profile"] = _profile(plain.profile)
    if plain.interactions:
        values["interactions"] = tuple([_interaction(interaction) for interaction in plain.interactions])
    if plain.window is not None:
        values["window"] = _window(plain.window)
    if plain.taken is not None:
        values["taken"] = calls.TakenCall(**asdict(plain.taken))
    if plain.context:
        values["context"], values["decided_at"] = _context(plain.context)
    return calls.DecisionCall(**values)


def _profile(plain: PlainProfile) -> calls.Profile:
    if plain.time_zone is not None and not is_time_zone(plain.time_zone):
        raise _NotPlainError
    values = asdict(plain)
    if plain.account_id is not None:
        values["account_id"] = _id(plain.account_id)
    return calls.Profile(**values)


def _interaction(plain: PlainInteraction) -> calls.InteractionCall:
    if plain.properties and len(orjson.dumps(plain.properties)) > MAX_PROPERTIES_BYTES:
        raise _NotPlainError
    values = asdict(plain)
    if plain.interaction_id is not None:
        values["interaction_id"] = _id(plain.interaction_id)
    values["occurred_at"] = parse_instant(plain.occurred_at)
    return calls.InteractionCall(**values)


def _window(plain: PlainWindow) -> calls.WindowCall:
    begin = None if plain.begin is None else parse_instant(plain.begin)
    return calls.WindowCall(until=parse_instant(plain.until), begin=begin)


def _context(plain: PlainObject) -> tuple[PlainObject, datetime | None]:
    """The context without its time, and the time."""
    special = msgspec.convert(plain, _Context)
    free = {name: value for name, value in plain.items() if name not in _SPECIAL}
    context: PlainObject = msgspec.convert({"values": free}, _Free).values
    if special.weights is not None:
        context["weights"] = special.weights
    if special.locale is not None:
        context["locale"] = special.locale
    return context, None if special.time is None else parse_instant(special.time)


def _id(text: str) -> str:
    named = read_id(text)
    if named is None:
        raise _NotPlainError
    return named

"""What the routes of decisions take.

Requests become the dataclasses of ``decisions/calls.py``; unknown fields are refused and everything is
bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import marshmallow as ma
from marshmallow import fields
from msgspec import Meta, Struct

from models.domain.actions import Policy, Purpose, Tier
from nba_service.api.customers.schemas import PlainProfile, ProfileSchema
from nba_service.api.events.schemas import KnownInteractionSchema, PlainInteraction
from nba_service.decisions import calls
from nba_service.http.batches import BatchSchema, Each
from nba_service.http.fields import (
    Expected,
    Flag,
    Id,
    Instant,
    Listed,
    Mapped,
    Name,
    Number,
    RequestContext,
    Text,
    Whole,
    Word,
)
from nba_service.http.plain_types import PlainId, PlainName, PlainNames, PlainObject
from nba_service.http.schema import MAX_BATCH, Loaded, Strict

LEAST_PROBABILITY: Final = 1e-9
"""The least that a caller may say that something was chosen with."""
_WHOM: Final = "either customer_id or account_id (of an account, one of whose people is chosen)"


class WindowSchema(Strict):
    """When a treatment may be delivered.

    ``from`` (the decision, if left out) ``until``.
    """

    begin = Instant(allow_none=True, data_key="from")
    until = Instant(required=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.WindowCall:
        return calls.WindowCall(**data)


class PlainWindow(Struct, forbid_unknown_fields=True, rename={"begin": "from"}):
    """The same, where a body is plainly right."""

    until: str
    begin: str | None = None


class TakenSchema(Strict):
    """What the caller did itself.

    The decision then says what we would have done.
    """

    action = Name(required=True)
    channel = Name(allow_none=True)
    probability = Number(minimum=LEAST_PROBABILITY, maximum=1, allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.TakenCall:
        return calls.TakenCall(**data)


class PlainTaken(Struct, forbid_unknown_fields=True):
    """The same, where a body is plainly right."""

    action: PlainName
    channel: PlainName | None = None
    probability: Annotated[float, Meta(ge=LEAST_PROBABILITY, le=1)] | None = None


class DecisionSchema(Strict):
    customer_id = Id(allow_none=True)
    account_id = Id(allow_none=True)
    phase = Name(allow_none=True)
    channels = Listed(Name(), minimum=1, maximum=20, allow_none=True)
    placements = Listed(Name(), minimum=1, maximum=20, allow_none=True)
    limit = Whole(minimum=1, maximum=20)
    profile = fields.Nested(ProfileSchema, allow_none=True)
    interactions = Listed(fields.Nested(KnownInteractionSchema), maximum=500)
    context = RequestContext()
    excluded = Listed(Name(), maximum=1_000, data_key="exclude", attribute="exclude")
    decision_id = Id(allow_none=True)
    deferred = Flag()
    explain = Flag()
    when = Word("asked", allow_none=True)
    window = fields.Nested(WindowSchema, allow_none=True)
    taken = fields.Nested(TakenSchema, allow_none=True)

    @ma.validates_schema(skip_on_field_errors=False, pass_original=True)
    def named(self, data: Loaded, original: object, **_: object) -> None:
        """Told together with what is wrong with other fields, if somebody is named by no field at all."""
        told = original if isinstance(original, Mapping) else {}
        named = [name for name in ("customer_id", "account_id") if told.get(name) is not None]
        if isinstance(original, Mapping) and len(named) != 1:
            code = "FIELD_TYPE" if told.keys() & {"customer_id", "account_id"} else "FIELD_REQUIRED"
            raise ma.ValidationError({"customer_id": [Expected(_WHOM, code)]})
        self.not_of_account(data)

    def not_of_account(self, data: Loaded) -> None:
        """Nothing that only one person can have stands beside an account."""
        for name in ("profile", "interactions"):
            if data.get("account_id") is not None and data.get(name):
                raise ma.ValidationError({name: [Expected("this only together with a customer_id")]})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.DecisionCall:
        data = {**data, "customer_id": data.get("customer_id") or ""}
        tuples = {
            name: tuple(data[name])
            for name in ("channels", "placements", "interactions", "exclude")
            if data.get(name) is not None
        }
        context = dict(data.pop("context", {}))
        decided_at = context.pop("time", None)
        return calls.DecisionCall(**{**data, **tuples, "context": context, "decided_at": decided_at})


class PlainDecision(Struct, forbid_unknown_fields=True):
    """The same, where a body is plainly right."""

    customer_id: PlainId
    phase: PlainName | None = None
    channels: PlainNames | None = None
    placements: PlainNames | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 1
    profile: PlainProfile | None = None
    interactions: Annotated[list[PlainInteraction], Meta(max_length=500)] = []
    context: PlainObject = {}
    exclude: Annotated[list[PlainName], Meta(max_length=1_000)] = []
    decision_id: PlainId | None = None
    deferred: bool = False
    explain: bool = False
    when: Literal["asked"] | None = None
    window: PlainWindow | None = None
    taken: PlainTaken | None = None


class PolicySchema(Strict):
    """A policy as in the journey file."""

    code = Name(required=True)
    tier = Word("eligibility", "applicability", "suitability", required=True)
    when = Text(maximum=2_000, required=True)
    message = Text(maximum=500)
    actions = Listed(Name(), maximum=200)
    groups = Listed(Name(), maximum=200)
    purposes = Listed(Word("marketing", "service"), maximum=2)
    channels = Listed(Name(), maximum=50)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> Policy:
        lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
        purposes = tuple(Purpose(word) for word in lists.get("purposes", ()))
        return Policy(**{**data, **lists, "purposes": purposes, "tier": Tier(data["tier"])})


class RulesSchema(Strict):
    """Policies to leave out, by code, and policies to put in.

    One of a code that exists replaces it.
    """

    without = Listed(Name(), maximum=200)
    put = Listed(fields.Nested(PolicySchema), maximum=50)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.RulesCall:
        return calls.RulesCall(**{name: tuple(value) for name, value in data.items()})


class ChangesSchema(Strict):
    """Facts that shall be otherwise; what is not named stays."""

    phase = Name(allow_none=True)
    profile = fields.Nested(ProfileSchema, allow_none=True)
    interactions = Listed(fields.Nested(KnownInteractionSchema), maximum=500)
    without = Listed(Name(), maximum=100)
    time = Instant(allow_none=True)
    weights = Mapped(Number(), maximum=200)
    rules = fields.Nested(RulesSchema, allow_none=True)
    bundle = Name(allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.ChangesCall:
        tuples: Loaded = {name: tuple(data[name]) for name in ("interactions", "without") if name in data}
        return calls.ChangesCall(**{**data, **tuples})


class ExplanationSchema(DecisionSchema):
    """A decision request, or the id of a stored decision.

    The id is ``of``; ``changes``: what would be decided with them.
    """

    of_decision = Id(allow_none=True, data_key="of", attribute="of")
    text = Word("en", "de", allow_none=True)
    contributions = Word("best", "all", allow_none=True)
    detail = Word(*calls.DETAILS, allow_none=True)
    changes = fields.Nested(ChangesSchema, allow_none=True)

    @ma.validates_schema
    def named(self, data: Loaded, _original: object = None, **_: object) -> None:
        if sum(data.get(name) is not None for name in ("customer_id", "account_id", "of")) != 1:
            raise ma.ValidationError({"customer_id": [Expected(f"{_WHOM} or of (a stored decision's id)")]})
        self.not_of_account(data)

    @ma.post_load
    def make(self, data: Loaded, **options: object) -> calls.ExplanationCall:
        own = {name: data.pop(name, None) for name in ("of", "text", "contributions", "detail", "changes")}
        call = super().make(data, **options)
        return calls.ExplanationCall(decision=call, **own)


class DecisionBatchSchema(BatchSchema):
    parts = "decisions"
    decisions = Each(DecisionSchema, maximum=MAX_BATCH, required=True)

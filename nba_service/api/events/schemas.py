"""What the routes of outcomes and interactions take and give."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields
from msgspec import Struct

from nba_service.decisions import calls
from nba_service.http.batches import Each, OneOrManySchema, RefusedAnswer
from nba_service.http.fields import Expected, Id, Instant, Name, Number, Properties
from nba_service.http.plain_types import PlainId, PlainName, PlainNumber, PlainObject
from nba_service.http.schema import MAX_BATCH, Loaded, Strict


class _InteractionFields(Strict):
    interaction_id = Id(allow_none=True)
    channel = Name(allow_none=True)
    touchpoint = Name(required=True)
    action = Name(allow_none=True)
    phase = Name(allow_none=True)
    value = Number(allow_none=True)
    properties = Properties()

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.InteractionCall:
        return calls.InteractionCall(**data)


class KnownInteractionSchema(_InteractionFields):
    """An interaction that the caller knows of.

    It is used for this decision and not stored.
    """

    occurred_at = Instant(required=True)


class PlainInteraction(Struct, forbid_unknown_fields=True):
    """The same, where a body is plainly right."""

    occurred_at: str
    touchpoint: PlainName
    interaction_id: PlainId | None = None
    channel: PlainName | None = None
    action: PlainName | None = None
    phase: PlainName | None = None
    value: PlainNumber | None = None
    properties: PlainObject = {}


class InteractionSchema(_InteractionFields):
    customer_id = Id(required=True)
    occurred_at = Instant(allow_none=True)


_WHOSE = "the decision's id, or customer_id, action and channel if the source does not know it"


class OutcomeSchema(Strict):
    outcome_id = Id(allow_none=True)
    decision_id = Id(allow_none=True)
    customer_id = Id(allow_none=True)
    action = Name(allow_none=True)
    channel = Name(allow_none=True)
    outcome = Name(required=True)
    value = Number(allow_none=True)
    occurred_at = Instant(allow_none=True)
    properties = Properties()

    @ma.validates_schema
    def attributed(self, data: Loaded, **_: object) -> None:
        given = [data.get(name) is not None for name in ("customer_id", "action", "channel")]
        if data.get("decision_id") is None and not any(given):
            raise ma.ValidationError({"decision_id": [Expected(_WHOSE, "FIELD_REQUIRED")]})
        if (data.get("decision_id") is None) != all(given) or any(given) != all(given):
            raise ma.ValidationError({"decision_id": [Expected(_WHOSE)]})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.OutcomeCall:
        return calls.OutcomeCall(**data)


class OutcomesSchema(OneOrManySchema):
    """``{"outcomes": [...]}``, or one outcome alone."""

    parts = "outcomes"
    outcomes = Each(OutcomeSchema, maximum=MAX_BATCH, required=True)


class InteractionsSchema(OneOrManySchema):
    """``{"interactions": [...]}``, or one interaction alone."""

    parts = "interactions"
    interactions = Each(InteractionSchema, maximum=MAX_BATCH, required=True)


class WrittenAnswer(Strict):
    """How many were new, and how many were known.

    The ids come in the order sent, null for one that was refused.
    """

    new = fields.Integer(required=True)
    known = fields.Integer(required=True)
    ids = fields.List(
        fields.String(allow_none=True),
        required=True,
        metadata={"description": "in the order sent; null for one that was refused"},
    )
    refused = fields.List(fields.Nested(RefusedAnswer), metadata={"description": "if there are"})


class OutcomesAnswer(WrittenAnswer):
    pending = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "decision ids that are not known yet; joined when they arrive"},
    )
    unattributed = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "outcomes that name no decision and fit none yet; joined when one is delivered"
        },
    )

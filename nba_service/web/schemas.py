"""The contract with pages: what they send and what they get."""

from __future__ import annotations

from typing import ClassVar, Final, Unpack

import marshmallow as ma
from marshmallow import fields

from nba_service.http.fields import (
    Expected,
    FieldOptions,
    Given,
    Id,
    Listed,
    Locale,
    Mapped,
    Name,
    Number,
    Properties,
    Scalar,
    Text,
    Whole,
    Word,
)
from nba_service.http.schema import Loaded, Strict
from nba_service.keys.visitor_ids import VISITOR
from nba_service.web.calls import EventBatch, EventCall, IdentifyCall, IdentityCall, SlotsCall

MAX_EVENTS: Final = 100
MAX_EVENT_ID: Final = 150  # the visitor's is put before it
_LATEST: Final = 2**53


class Visitor(Text):
    """An id that a browser drew for itself.

    ``v-`` and 32 hexadecimal digits.
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        kwargs.setdefault("metadata", {"pattern": f"^{VISITOR.pattern}$"})
        super().__init__(maximum=34, expected="v- and 32 hexadecimal digits", **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and VISITOR.fullmatch(text) is None:
            remedy = "A customer's own id needs a token: POST /v1/identify."
            raise ma.ValidationError(Expected(self.expected, "FIELD_RANGE", remedy))
        return text


class Visit(Text):
    """The name of a visit."""

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(maximum=40, expected="8 to 40 letters, digits, - or _", **kwargs)

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and (
            len(text) < 8 or not text.replace("-", "").replace("_", "").isalnum() or not text.isascii()
        ):
            raise ma.ValidationError(Expected(self.expected, "FIELD_RANGE"))
        return text


class PageContext(Strict):
    """What a page may say of the situation."""

    locale = Locale(allow_none=True)
    device = Word("mobile", "desktop", "tablet", allow_none=True)
    path = Text(maximum=500, allow_none=True)
    campaign = Text(maximum=100, allow_none=True)


class EventBatchSchema(Strict):
    """Events of a visitor.

    Each is looked at by itself: one that is wrong does not stop the others.
    """

    plain_text: ClassVar[bool] = True
    parts = "events"

    visitor = Visitor(required=True)
    sent_at = Whole(minimum=0, maximum=_LATEST, allow_none=True)
    events = Listed(fields.Raw(allow_none=True), maximum=MAX_EVENTS)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> EventBatch | SlotsCall:
        return _batch(data)


class EventSchema(Strict):
    """One event of a batch."""

    id = Id(required=True)
    type = Word("track", "outcome", required=True)
    at = Whole(minimum=0, maximum=_LATEST, allow_none=True)
    touchpoint = Name(allow_none=True)
    channel = Name(allow_none=True)
    properties = Properties()
    decision_id = Id(allow_none=True)
    outcome = Name(allow_none=True)
    value = Number(allow_none=True)

    @ma.validates_schema
    def complete(self, data: Loaded, **_: object) -> None:
        needed = ("touchpoint",) if data.get("type") == "track" else ("decision_id", "outcome")
        for name in needed:
            if data.get(name) is None:
                raise ma.ValidationError({name: [Expected("a value", "FIELD_REQUIRED")]})
        if len(data["id"]) > MAX_EVENT_ID:
            raise ma.ValidationError(
                {"id": [Expected(f"an id of at most {MAX_EVENT_ID} characters", "FIELD_RANGE")]}
            )

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> EventCall:
        return EventCall(**data)


class SlotsSchema(EventBatchSchema):
    visit = Visit(required=True)
    placements = Listed(Name(), minimum=1, maximum=20, required=True)
    attributes = Mapped(Scalar(), maximum=50, allow_none=True)
    context = fields.Nested(PageContext, allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> SlotsCall:
        context = {name: value for name, value in (data.get("context") or {}).items() if value is not None}
        return SlotsCall(
            batch=_batch(data),
            visit=data["visit"],
            placements=tuple(dict.fromkeys(data["placements"])),
            attributes=data.get("attributes") or {},
            context=context,
        )


class IdentitySchema(Strict):
    customer_id = Id(required=True)
    minutes = Whole(minimum=1, maximum=1_440)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> IdentityCall:
        return IdentityCall(**data)


class IdentifySchema(Strict):
    plain_text: ClassVar[bool] = True

    visitor = Visitor(required=True)
    token = Text(maximum=1_000, required=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> IdentifyCall:
        return IdentifyCall(**data)


def _batch(data: Loaded) -> EventBatch:
    return EventBatch(
        visitor=data["visitor"], sent_at=data.get("sent_at"), events=tuple(data.get("events") or ())
    )


class DroppedAnswer(Strict):
    """An event that was not taken.

    It would not be taken a second time either.
    """

    id = fields.String(required=True, allow_none=True)
    code = fields.String(required=True)


class BeaconAnswer(Strict):
    new = fields.Integer(required=True)
    known = fields.Integer(required=True)
    dropped = fields.List(fields.Nested(DroppedAnswer), required=True)


class SlotContent(Strict):
    """The texts of a slot.

    Plain but for ``html``, which is sanitised; links are http, https, mailto, a path or empty.
    """

    title = fields.String(required=True)
    body = fields.String(required=True)
    image_url = fields.String(required=True)
    click_url = fields.String(required=True)
    html = fields.String()
    button = fields.String(metadata={"description": "what stands on the link, if the journey file says it"})


class SlotAnswer(Strict):
    """What a slot shows.

    No values and no probabilities: a page is public.
    """

    placement = fields.String(required=True)
    decision_id = fields.String(required=True)
    action = fields.String(required=True)
    content = fields.Nested(SlotContent, required=True, allow_none=True)
    outcome = fields.String(
        required=True, allow_none=True, metadata={"description": "what a click reports; null: nothing"}
    )


class SlotsAnswer(Strict):
    """Slots that are not in the answer keep their default."""

    slots = fields.List(fields.Nested(SlotAnswer), required=True)
    ignored = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "placements and attributes that the journey file does not know or allow"},
    )
    reason = fields.String(required=True, metadata={"description": "DECIDED, BOT or PREFETCH"})


class IdentityAnswer(Strict):
    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class IdentifiedAnswer(Strict):
    identified = fields.Boolean(required=True)

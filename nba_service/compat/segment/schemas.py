"""What a client of Segment's HTTP tracking API sends and expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import marshmallow as ma
from marshmallow import fields

from nba_service.http.fields import Listed, Text
from nba_service.http.schema import Loaded, Strict

MAX_MESSAGES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentBatch:
    """Messages, each still to be looked at.

    ``sent_at``: by the sender's clock, as it came.
    """

    messages: tuple[object, ...]
    sent_at: object = None
    context: Mapping[str, object] | None = None


class SegmentBatchSchema(Strict):
    """``{"batch": [...], "sentAt": ...}``; what else the clients send is left out."""

    class Meta:
        unknown = ma.EXCLUDE

    parts = "batch"
    batch = Listed(fields.Raw(allow_none=True), minimum=1, maximum=MAX_MESSAGES, required=True)
    sent_at = fields.Raw(allow_none=True, data_key="sentAt")
    context = fields.Dict(allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> SegmentBatch:
        return SegmentBatch(
            messages=tuple(data["batch"]), sent_at=data.get("sent_at"), context=data.get("context")
        )


class SegmentMessageSchema(ma.Schema):
    """One message alone; the address says of which type it is."""

    class Meta:
        unknown = ma.INCLUDE

    message_id = Text(maximum=100, allow_none=True, data_key="messageId", attribute="messageId")
    sent_at = fields.Raw(allow_none=True, data_key="sentAt", attribute="sentAt")


class SegmentItemAnswer(Strict):
    """What became of one message.

    ``ignored``: what of it could not be used, and why.
    """

    message_id = fields.String(required=True, allow_none=True, data_key="messageId")
    type = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, metadata={"description": "accepted, duplicate or rejected"})
    code = fields.String(metadata={"description": "why it was rejected"})
    message = fields.String()
    ignored = fields.Dict(keys=fields.String(), values=fields.String())


class SegmentAnswer(Strict):
    success = fields.Boolean(required=True)
    accepted = fields.Integer(required=True)
    duplicate = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    items = fields.List(fields.Nested(SegmentItemAnswer), required=True)


class SegmentProblemAnswer(Strict):
    success = fields.Boolean(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)

"""What the routes of accounts take and give."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from nba_service.decisions import calls
from nba_service.http.fields import Mapped, Name, Scalar
from nba_service.http.schema import Loaded, Strict


class AccountSchema(Strict):
    attributes = Mapped(Scalar(), maximum=200)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.AccountCall:
        return calls.AccountCall(**data)


class MemberSchema(Strict):
    role = Name(allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.MemberCall:
        return calls.MemberCall(**data)


class MemberAnswer(Strict):
    customer_id = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    last_contact_at = fields.AwareDateTime(required=True, allow_none=True)
    last_event_at = fields.AwareDateTime(required=True, allow_none=True)


class AccountAnswer(Strict):
    account_id = fields.String(required=True)
    attributes = fields.Dict(required=True)
    phase = fields.String(
        required=True, allow_none=True, metadata={"description": "null: the journey file gives accounts none"}
    )
    people = fields.List(fields.Nested(MemberAnswer), required=True)
    updated_at = fields.AwareDateTime(required=True, allow_none=True)

"""What the routes of customers take and give."""

from __future__ import annotations

from typing import Annotated

import marshmallow as ma
from marshmallow import fields
from msgspec import Meta, Struct

from nba_service.decisions import calls
from nba_service.http.fields import Flag, Id, Listed, Locale, Mapped, Name, Scalar, TimeZone
from nba_service.http.plain_types import PlainId, PlainLocale, PlainName, PlainScalar, PlainTimeZone
from nba_service.http.schema import Loaded, Strict


class ProfileSchema(Strict):
    account_id = Id(allow_none=True)
    role = Name(allow_none=True)
    attributes = Mapped(Scalar(), maximum=200)
    consent = Mapped(Flag(), maximum=50)
    locale = Locale(allow_none=True)
    time_zone = TimeZone(allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.Profile:
        return calls.Profile(**data)


class PlainProfile(Struct, forbid_unknown_fields=True):
    """The same, where a body is plainly right."""

    account_id: PlainId | None = None
    role: PlainName | None = None
    attributes: Annotated[dict[PlainName, PlainScalar], Meta(max_length=200)] = {}
    consent: Annotated[dict[PlainName, bool], Meta(max_length=50)] = {}
    locale: PlainLocale | None = None
    time_zone: PlainTimeZone | None = None


class PutProfileSchema(ProfileSchema):
    aliases = Listed(Id(), maximum=100)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.Profile:
        return calls.Profile(**{**data, "aliases": tuple(data.get("aliases") or ())})


class AliasesSchema(Strict):
    aliases = Listed(Id(), minimum=1, maximum=100, required=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> calls.AliasesCall:
        return calls.AliasesCall(aliases=tuple(data["aliases"]))


class ErasureWaitsAnswer(Strict):
    """An erasure that is safe on disk and not yet done."""

    status = fields.String(required=True, metadata={"description": "waiting"})
    detail = fields.String(required=True)


class PartedAnswer(Strict):
    """An alias that is somebody else again."""

    customer_id = fields.String(required=True, metadata={"description": "whom it was parted from"})
    parted = fields.List(
        fields.String(), required=True, metadata={"description": "the alias, now a customer, and theirs"}
    )
    moved = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "rows that are the other's now, by table"},
    )


class StoredProfileAnswer(Strict):
    customer_id = fields.String(required=True)
    account_id = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True, metadata={"description": "in the account"})
    attributes = fields.Dict(required=True)
    consent = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    locale = fields.String(required=True, allow_none=True)
    time_zone = fields.String(required=True, allow_none=True)
    aliases = fields.List(fields.String(), required=True)
    updated_at = fields.AwareDateTime(required=True, allow_none=True)


class CustomerAnswer(StoredProfileAnswer):
    """Everything that is held about a customer, newest first."""

    consents = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata={
            "description": "by flag: given, and granted and refused: the last, with at, arrived_at, source"
        },
    )
    profiles = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "of several ids: what came in last with each (came_as); else empty"},
    )
    interactions = fields.List(fields.Dict(), required=True)
    decisions = fields.List(fields.Dict(), required=True)
    outcomes = fields.List(fields.Dict(), required=True)
    truncated = fields.Boolean(required=True, metadata={"description": "a list was longer than the limit"})

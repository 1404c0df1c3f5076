"""What an OFREP 1 client sends and expects.

OpenFeature's remote evaluation protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import marshmallow as ma
from marshmallow import fields

from nba_service.http.schema import Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagCall:
    """Who a flag is for, and what is said of them.

    None: nobody was named.
    """

    targeting_key: object = None
    features: Mapping[str, object] = field(default_factory=dict)


class FlagSchema(Strict):
    """Who a flag is for.

    ``{"context": {"targetingKey": ..., ...}}``
    """

    class Meta:
        unknown = ma.EXCLUDE

    context = fields.Dict(keys=fields.String(), allow_none=True)

    @ma.post_load
    def make(self, data: Mapping[str, Mapping[str, object] | None], **_: object) -> FlagCall:
        context = dict(data.get("context") or {})
        return FlagCall(targeting_key=context.pop("targetingKey", None), features=context)


class FlagAnswer(Strict):
    """A flag's value; without ``value`` the application's own default counts."""

    key = fields.String(required=True)
    value = fields.Raw()
    variant = fields.String(required=True)
    reason = fields.String(required=True, metadata={"description": "TARGETING_MATCH, SPLIT or DEFAULT"})
    metadata = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


class FlagsAnswer(Strict):
    flags = fields.List(fields.Nested(FlagAnswer), required=True)
    metadata = fields.Dict(keys=fields.String(), values=fields.Raw())


class FlagProblemAnswer(Strict):
    key = fields.String()
    error_code = fields.String(required=True, data_key="errorCode")
    error_details = fields.String(required=True, data_key="errorDetails")

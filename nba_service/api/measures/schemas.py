"""What the routes of measures give."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields


class PeriodAnswer(ma.Schema):
    """``until`` is not included."""

    since = fields.String(required=True)
    until = fields.String(required=True)
    days = fields.Integer(required=True)


class MeasureAnswer(ma.Schema):
    """The part that all measures share.

    What each has in addition: docs/reference/measures.md.
    """

    class Meta:
        unknown = ma.INCLUDE

    measure = fields.String(required=True)
    currency = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "ok, or empty: nothing was rolled up"})
    filter = fields.Dict(required=True)
    period = fields.Nested(PeriodAnswer, required=True, allow_none=True)
    rolled_up_at = fields.String(required=True, allow_none=True)

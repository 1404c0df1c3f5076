"""What the routes of health and bundles take and give."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from nba_service.http.schema import Strict


class BundleAnswer(Strict):
    bundle = fields.String(required=True)
    champion = fields.Boolean(required=True)
    serving = fields.Boolean(required=True, metadata={"description": "in the worker that answered"})


class TrialAnswer(Strict):
    role = fields.String(required=True, metadata={"description": "challenger or shadow"})
    bundle = fields.String(required=True)
    since = fields.String(required=True)
    reason = fields.String(required=True)
    share = fields.Float(required=True, allow_none=True)


class BundlesAnswer(Strict):
    """The bundles of the registry, trials, and the shadow's counts.

    ``shadow``: of the worker that answers, since it started: decisions same, other, failed, dropped.
    """

    bundles = fields.List(fields.Nested(BundleAnswer), required=True)
    trials = fields.List(fields.Nested(TrialAnswer), required=True)
    shadow = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ReasonSchema(Strict):
    reason = fields.String(required=True, validate=ma.validate.Length(min=1, max=500))


class PromotionSchema(ReasonSchema):
    """``share``: of the customers, between 0 and 1; a challenger's alone."""

    role = fields.String(validate=ma.validate.OneOf(["champion", "challenger", "shadow"]))
    share = fields.Float(validate=ma.validate.Range(min=0, max=1, min_inclusive=False, max_inclusive=False))


class SwitchAnswer(Strict):
    """Who is in the role now."""

    bundle = fields.String(required=True, allow_none=True)
    role = fields.String(required=True)
    share = fields.Float(required=True, allow_none=True)


class HealthAnswer(Strict):
    status = fields.String(required=True)


class JournalAnswer(Strict):
    """What waits to be stored.

    Records and bytes; records damaged on the disk, and refused by the store.
    """

    records = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class ReadyAnswer(HealthAnswer):
    bundle = fields.String(required=True, allow_none=True)
    journey = fields.String(required=True, allow_none=True, metadata={"description": "sha256 of the file"})
    problems = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    refused_bundles = fields.Integer(required=True)
    journal = fields.Nested(JournalAnswer, required=True)

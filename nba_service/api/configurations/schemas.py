"""What the routes of configurations take and give."""

from __future__ import annotations

from datetime import date

import marshmallow as ma
from marshmallow import fields

from models.configurations.availability import EVERYWHERE
from nba_service.decisions.configurations.rows import MOST_ROWS, AvailabilityCall, is_day
from nba_service.decisions.configurations.service import CheckCall, UploadCall
from nba_service.http.fields import Flag, Id, Instant, Listed, Mapped, Name, Text
from nba_service.http.fields.base import Expected
from nba_service.http.schema import Loaded, Strict


class AvailabilityRowSchema(Strict):
    option = Name(required=True)
    choice = Name(required=True)
    region = Text(maximum=64, metadata={"description": "left out: everywhere that has no row of its own"})
    available = Flag(metadata={"description": "false: it cannot be had there, whatever the days say"})
    from_ = Text(
        maximum=10, allow_none=True, data_key="from", metadata={"description": "first day, as 2026-11-27"}
    )
    until = Text(maximum=10, allow_none=True, metadata={"description": "last day, included"})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> AvailabilityCall:
        return AvailabilityCall(
            option=data["option"],
            choice=data["choice"],
            region=data.get("region", EVERYWHERE),
            available=data.get("available", True),
            first=data.get("from_"),
            last=data.get("until"),
        )


class AvailabilityUploadSchema(Strict):
    rows = Listed(fields.Nested(AvailabilityRowSchema), maximum=MOST_ROWS, required=True)
    as_of = Instant(metadata={"description": "the moment the rows are of; left out: now"})
    replace = Flag(metadata={"description": "the rows are the whole table: what is not among them ends"})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> UploadCall:
        return UploadCall(**{**data, "rows": tuple(data["rows"])})


class CheckSchema(Strict):
    configurator = Name(required=True)
    choices = Mapped(Name(), maximum=20, required=True)
    region = Text(maximum=64)
    customer_id = Id()
    until = Text(maximum=10, metadata={"description": "the last day that counts; left out: as the file says"})
    count = Flag(metadata={"description": "false: it is no wish of the customer (default: true)"})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> CheckCall:
        until = data.get("until")
        if until is not None and not is_day(until):
            raise ma.ValidationError(
                Expected("a day as 2026-11-27", "TIME_INVALID", "Write year, month and day."), "until"
            )
        return CheckCall(**{**data, "until": None if until is None else date.fromisoformat(until)})


class UploadAnswer(Strict):
    configurator = fields.String(required=True)
    changed = fields.Integer(
        required=True, metadata={"description": "rows that are new or say something else"}
    )
    unchanged = fields.Integer(required=True)
    older = fields.Integer(
        required=True, metadata={"description": "rows older than what is stored, which stays"}
    )
    ended = fields.Integer(required=True, metadata={"description": "rows that a replacing upload ended"})
    availability_as_of = fields.AwareDateTime(required=True)


class AvailabilityRowAnswer(Strict):
    option = fields.String(required=True)
    choice = fields.String(required=True)
    region = fields.String(required=True)
    available = fields.Boolean(required=True)
    from_ = fields.String(required=True, allow_none=True, data_key="from")
    until = fields.String(required=True, allow_none=True)
    as_of = fields.AwareDateTime(required=True)


class AvailabilityAnswer(Strict):
    configurator = fields.String(required=True)
    availability_as_of = fields.AwareDateTime(required=True, allow_none=True)
    age_hours = fields.Float(required=True, allow_none=True)
    code = fields.String(
        required=True, allow_none=True, metadata={"description": "why nothing is promised; null: it is"}
    )
    rows = fields.List(fields.Nested(AvailabilityRowAnswer), required=True)


class ChangeAnswer(Strict):
    """Another choice than the wished one, and why."""

    option = fields.String(required=True)
    wished = fields.String(required=True)
    chosen = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ConfigurationAnswer(Strict):
    """A configuration that can be delivered, the nearest to the wish."""

    configurator = fields.String(required=True)
    region = fields.String(required=True, allow_none=True)
    choices = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    wish = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    changes = fields.List(fields.Nested(ChangeAnswer), required=True)
    distance = fields.Float(
        required=True, metadata={"description": "weights of the options that differ, each times its step"}
    )
    price = fields.Float(required=True, allow_none=True)
    deliverable_on = fields.String(required=True, allow_none=True)
    code = fields.String(
        required=True, allow_none=True, metadata={"description": "why nothing can be delivered; null: it can"}
    )
    detail = fields.String(required=True, allow_none=True)
    availability_as_of = fields.AwareDateTime(required=True, allow_none=True)
    exact = fields.Boolean(
        required=True, metadata={"description": "false: the search ended at its bound; nearer ones may exist"}
    )


class ConfigurationProblem(Strict):
    """Why a configuration cannot be, or cannot be delivered."""

    code = fields.String(required=True)
    options = fields.List(fields.String(), required=True)
    detail = fields.String(required=True)


class DaysAnswer(Strict):
    first = fields.String(required=True)
    last = fields.String(required=True)


class CheckAnswer(Strict):
    configurator = fields.String(required=True)
    region = fields.String(required=True, allow_none=True)
    complete = fields.Boolean(required=True, metadata={"description": "every option has a choice"})
    together = fields.Boolean(required=True, metadata={"description": "the rules allow it, or a completion"})
    deliverable = fields.Boolean(required=True)
    price = fields.Float(required=True, metadata={"description": "of the choices that are made"})
    days = fields.Nested(DaysAnswer, required=True)
    problems = fields.List(fields.Nested(ConfigurationProblem), required=True)
    nearest = fields.Nested(
        ConfigurationAnswer, required=True, allow_none=True, metadata={"description": "null: nothing"}
    )
    availability_as_of = fields.AwareDateTime(required=True, allow_none=True)
    counted = fields.Boolean(required=True, metadata={"description": "it was noted as the customer's wish"})

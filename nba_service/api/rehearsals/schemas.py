"""What the route of rehearsals takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import marshmallow as ma
from marshmallow import fields

from models.domain.rules.rules import MAX_RULE_LENGTH
from nba_service.data.rehearsals import MOST_CUSTOMERS
from nba_service.http.fields import Document, Expected, Name, Whole
from nba_service.http.schema import Loaded, Strict

MAX_JOURNEY: Final = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalCall:
    """What to try: a bundle, a journey file, or both."""

    bundle: str | None = None
    journey: str | None = None
    customers: int = MOST_CUSTOMERS
    group: str | None = None


class RehearsalSchema(Strict):
    """A change to try; the bundle that serves where none is named."""

    bundle = Name(allow_none=True, metadata={"description": "a bundle of the registry"})
    journey = Document(
        "a journey file",
        maximum=MAX_JOURNEY,
        allow_none=True,
        metadata={"description": "the text of a journey file (YAML); needs the scope `rules`"},
    )
    customers = Whole(minimum=1, maximum=MOST_CUSTOMERS, metadata={"description": "at most so many"})
    group = Document(
        "a condition in CEL",
        maximum=MAX_RULE_LENGTH,
        allow_none=True,
        metadata={"description": "only those for whom it holds, such as `customer.attributes.age >= 60.0`"},
    )

    @ma.validates_schema
    def something_changes(self, data: Loaded, **_: object) -> None:
        if data.get("bundle") is None and data.get("journey") is None:
            raise ma.ValidationError(
                Expected("a bundle or a journey file to try", "FIELD_REQUIRED"), "bundle"
            )

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> RehearsalCall:
        return RehearsalCall(**data)


class ShiftAnswer(Strict):
    """An action and its expected first places."""

    action = fields.String(required=True)
    before = fields.Float(required=True)
    after = fields.Float(required=True)


class FlowAnswer(Strict):
    """Customers whose first place goes from one action to another."""

    before = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "null: nothing was allowed; `nothing`: something was, and nothing was better"
        },
    )
    after = fields.String(required=True, allow_none=True)
    decisions = fields.Integer(required=True)


class TreatmentAnswer(Strict):
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)


class PersonAnswer(Strict):
    """Somebody who would get something else."""

    customer_id = fields.String(required=True)
    before = fields.Nested(TreatmentAnswer, required=True)
    after = fields.Nested(TreatmentAnswer, required=True)


class WeekOfContactsAnswer(Strict):
    """Outbound contacts of a week."""

    since = fields.String(required=True, metadata={"description": "its first day, UTC"})
    customers = fields.Integer(required=True)
    before = fields.Float(required=True, metadata={"description": "contacts per customer, as it is"})
    after = fields.Float(required=True, metadata={"description": "contacts per customer, after the change"})
    most_before = fields.Float(required=True, metadata={"description": "of the customer who gets most"})
    most_after = fields.Float(required=True)


class LimitUseAnswer(Strict):
    """How much of a contact limit is used, week by week.

    By the tenth of the customers who are closest to it.
    """

    code = fields.String(required=True)
    window_days = fields.Float(required=True)
    count_before = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: there is no such limit then"}
    )
    count_after = fields.Integer(required=True, allow_none=True)
    before = fields.List(
        fields.Float(allow_none=True),
        required=True,
        metadata={"description": "share of the limit at the fullest moment of the week, the fullest tenth"},
    )
    after = fields.List(fields.Float(allow_none=True), required=True)


class PressureAnswer(Strict):
    """The four weeks ahead.

    Customers are asked for as often as in the last four, and do nothing themselves.
    """

    customers = fields.Integer(required=True)
    occasions = fields.Integer(required=True, metadata={"description": "decisions that were worked out"})
    weeks = fields.List(fields.Nested(WeekOfContactsAnswer), required=True)
    limits = fields.List(fields.Nested(LimitUseAnswer), required=True)


class RehearsalAnswer(Strict):
    """What would change for customers as they are now."""

    customers = fields.Integer(required=True, metadata={"description": "rehearsed"})
    left_out = fields.Integer(required=True, metadata={"description": "for whom there was no time"})
    changed = fields.Integer(required=True, metadata={"description": "would get something else"})
    nothing_before = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "by phase"}
    )
    nothing_after = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    why_nothing_before = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "reason code → of those who get nothing, how many it refuses an action"},
    )
    why_nothing_after = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    currency = fields.String(required=True)
    gain_before = fields.Float(
        required=True,
        metadata={"description": "expected gain over doing nothing a decision, by the present account"},
    )
    gain_after = fields.Float(required=True, metadata={"description": "the same by the changed account"})
    shifts = fields.List(fields.Nested(ShiftAnswer), required=True)
    flows = fields.List(fields.Nested(FlowAnswer), required=True)
    people = fields.List(fields.Nested(PersonAnswer), required=True)
    refused = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "error code → customers for whom the change cannot decide"},
    )
    rule_failures = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "by policy"}
    )
    pressure = fields.Nested(PressureAnswer, required=True)

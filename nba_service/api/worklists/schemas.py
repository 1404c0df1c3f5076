"""What the routes of lists take and give."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from nba_service.customers.worklist_jobs import MOST_CONTACTS, WorklistCall
from nba_service.http.fields import Instant, Name, Whole
from nba_service.http.schema import Loaded, Strict


class WorklistSchema(Strict):
    """Whom to contact next on a channel."""

    channel = Name(required=True)
    capacity = Whole(
        minimum=1,
        maximum=MOST_CONTACTS,
        load_default=40,
        metadata={"description": "how many contacts at most; what the channel's day has left counts, too"},
    )
    at = Instant(allow_none=True, metadata={"description": "the moment it is for; now if left out"})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> WorklistCall:
        return WorklistCall(**data)


class ContactAnswer(Strict):
    """A customer to contact; gain in the journey's currency over doing nothing."""

    customer_id = fields.String(required=True)
    action = fields.String(required=True)
    channel = fields.String(required=True)
    phase = fields.String(required=True)
    gain = fields.Float(required=True)
    low = fields.Float(required=True, metadata={"description": "with high: 90 % interval of the gain"})
    high = fields.Float(required=True)
    propensity = fields.Float(required=True)
    best_time = fields.String(required=True, metadata={"description": "within a week; empty: none allowed"})
    path = fields.String(
        required=True,
        metadata={"description": "the path ahead in words, of the first 200; empty: no model tells of it"},
    )


class WorklistAnswer(Strict):
    """A list and how far it is."""

    worklist_id = fields.String(required=True)
    state = fields.String(
        required=True,
        metadata={"description": "running, done, failed, or interrupted: nobody works on it any more"},
    )
    channel = fields.String(required=True)
    capacity = fields.Integer(required=True)
    at = fields.String(required=True)
    started_at = fields.String(required=True)
    decided = fields.Integer(required=True, metadata={"description": "customers so far"})
    problem = fields.String(metadata={"description": "why it failed"})
    contacts = fields.List(
        fields.Nested(ContactAnswer), metadata={"description": "best first, once it is done"}
    )
    seen = fields.Integer(metadata={"description": "customers that were decided"})
    worth = fields.Integer(metadata={"description": "for whom a contact is worth more than none"})
    room = fields.Integer(
        allow_none=True, metadata={"description": "what the channel's day has left; null: no capacity"}
    )
    nothing = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "why the others get none: reason → customers"},
    )

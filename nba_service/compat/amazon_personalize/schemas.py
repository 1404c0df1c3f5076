"""What boto3's clients for Personalize send and expect.

``personalize-runtime`` and ``personalize-events``, as far as actions go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import marshmallow as ma
from marshmallow import fields

from nba_service.http.batches import Batch, Each
from nba_service.http.fields import Expected, Id, Listed, Mapped, Text, Whole
from nba_service.http.schema import Loaded, Strict

MAX_ITEMS = 10
_JSON = "a text that holds a JSON object"


class _Lenient(Strict):
    """Leaves out what it does not know, as Amazon's services do."""

    class Meta:
        unknown = ma.EXCLUDE


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendCall:
    """Whom to recommend actions to.

    ``campaign``: a placement or channel, at the end of its ARN.
    """

    user_id: str
    campaign: str = ""
    number: int = 5
    filter_values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEvent:
    """Something that happened to a user.

    ``at``: seconds since 1970; ``content``: all that was said of it.
    """

    action: str
    session_id: str
    event: str
    at: float
    user_id: str | None = None
    event_id: str | None = None
    decision_id: str | None = None
    properties: object = None
    content: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCall:
    """A user, and what is said of them."""

    user_id: str
    properties: object = None


class RecommendSchema(_Lenient):
    user_id = Id(required=True, data_key="userId")
    campaign = Text(maximum=256, allow_none=True, data_key="campaignArn")
    number = Whole(minimum=0, maximum=500, allow_none=True, data_key="numResults")
    filter_arn = Text(maximum=256, allow_none=True, data_key="filterArn")
    filter_values = Mapped(Text(maximum=1_000), maximum=25, allow_none=True, data_key="filterValues")

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> RecommendCall:
        arn = data.get("campaign") or ""
        return RecommendCall(
            user_id=data["user_id"],
            campaign=arn.rpartition("/")[2],
            number=data.get("number") or 5,
            filter_values=data.get("filter_values") or {},
        )


class ActionInteractionSchema(_Lenient):
    action = Text(maximum=256, required=True, data_key="actionId")
    user_id = Id(allow_none=True, data_key="userId")
    session_id = Text(maximum=256, required=True, data_key="sessionId")
    event = Text(maximum=256, required=True, data_key="eventType")
    event_id = Text(maximum=256, allow_none=True, data_key="eventId")
    at = fields.Raw(required=True, data_key="timestamp")
    decision_id = Id(allow_none=True, data_key="recommendationId")
    properties = fields.Raw(allow_none=True)

    @ma.validates("at")
    def seconds(self, value: object, **_: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**33:
            raise ma.ValidationError([Expected("seconds since 1970", "TIME_INVALID")])

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> ActionEvent:
        return ActionEvent(**data, content=data)


class ActionInteractionsSchema(_Lenient):
    parts = "actionInteractions"

    tracking_id = Text(maximum=256, required=True, data_key="trackingId")
    interactions = Each(
        ActionInteractionSchema, maximum=MAX_ITEMS, required=True, data_key="actionInteractions"
    )

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> Batch[ActionEvent]:
        return Batch("actionInteractions", tuple(data["interactions"]))


class UserSchema(_Lenient):
    user_id = Id(required=True, data_key="userId")
    properties = fields.Raw(allow_none=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> UserCall:
        return UserCall(**data)


class UsersSchema(_Lenient):
    parts = "users"

    dataset = Text(maximum=256, required=True, data_key="datasetArn")
    users = Each(UserSchema, maximum=MAX_ITEMS, required=True)

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> Batch[UserCall]:
        return Batch("users", tuple(data["users"]))


class PutActionSchema(_Lenient):
    action = Text(maximum=256, required=True, data_key="actionId")
    properties = fields.Raw(allow_none=True)

    @ma.post_load
    def make(self, data: dict[str, str], **_: object) -> str:
        return data["action"]


class PutActionsSchema(_Lenient):
    dataset = Text(maximum=256, required=True, data_key="datasetArn")
    actions = Listed(fields.Nested(PutActionSchema), minimum=1, maximum=MAX_ITEMS, required=True)

    @ma.post_load
    def make(self, data: dict[str, list[str]], **_: object) -> list[str]:
        return data["actions"]


class PredictedActionAnswer(Strict):
    action = fields.String(required=True, data_key="actionId")
    score = fields.Float(required=True)


class RecommendAnswer(Strict):
    actions = fields.List(fields.Nested(PredictedActionAnswer), required=True, data_key="actionList")
    decision_id = fields.String(required=True, data_key="recommendationId")


class PersonalizeAnswer(Strict):
    """Nothing: all was taken."""


class PersonalizeProblemAnswer(Strict):
    kind = fields.String(required=True, data_key="__type")
    message = fields.String(required=True)

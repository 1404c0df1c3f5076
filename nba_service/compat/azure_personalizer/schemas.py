"""What a client of Azure AI Personalizer 1.0 sends and expects."""

from __future__ import annotations

from dataclasses import dataclass

import marshmallow as ma
from marshmallow import fields

from nba_service.http.fields import Expected, Flag, Id, Listed, Number, Text
from nba_service.http.schema import Loaded, Strict

MAX_ACTIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RankCall:
    """Actions to rank, in the order the application would show them."""

    actions: tuple[str, ...]
    features: tuple[object, ...] = ()
    excluded: frozenset[str] = frozenset()
    event_id: str | None = None
    deferred: bool = False


class _Lenient(Strict):
    """Leaves out what it does not know: the tool may say more than is used."""

    class Meta:
        unknown = ma.EXCLUDE


class RankableActionSchema(_Lenient):
    name = Text(maximum=256, required=True, data_key="id", attribute="name")
    features = fields.List(fields.Raw(allow_none=True), allow_none=True)


class RankSchema(_Lenient):
    actions = Listed(fields.Nested(RankableActionSchema), minimum=1, maximum=MAX_ACTIONS, required=True)
    context_features = Listed(
        fields.Raw(allow_none=True), maximum=200, allow_none=True, data_key="contextFeatures"
    )
    excluded_actions = Listed(Text(maximum=256), maximum=500, allow_none=True, data_key="excludedActions")
    event_id = Id(allow_none=True, data_key="eventId")
    defer_activation = Flag(allow_none=True, data_key="deferActivation")

    @ma.validates_schema
    def choosable(self, data: Loaded, **_: object) -> None:
        names = [action["name"] for action in data["actions"]]
        if len(set(names)) < len(names):
            raise ma.ValidationError({"actions": [Expected("every id once", "FIELD_RANGE")]})
        if not set(names) - set(data.get("excluded_actions") or ()):
            raise ma.ValidationError({"excludedActions": [Expected("an action to be left", "FIELD_RANGE")]})

    @ma.post_load
    def make(self, data: Loaded, **_: object) -> RankCall:
        return RankCall(
            actions=tuple(action["name"] for action in data["actions"]),
            features=tuple(data.get("context_features") or ()),
            excluded=frozenset(data.get("excluded_actions") or ()),
            event_id=data.get("event_id"),
            deferred=bool(data.get("defer_activation")),
        )


class RewardSchema(_Lenient):
    value = Number(minimum=-1, maximum=1, required=True)


class RankedActionAnswer(Strict):
    name = fields.String(required=True, data_key="id", attribute="name")
    probability = fields.Float(required=True)


class RankAnswer(Strict):
    ranking = fields.List(fields.Nested(RankedActionAnswer), required=True)
    event_id = fields.String(required=True, data_key="eventId")
    reward_action_id = fields.String(required=True, allow_none=True, data_key="rewardActionId")


class PersonalizerErrorAnswer(Strict):
    code = fields.String(required=True)
    message = fields.String(required=True)
    target = fields.String()


class PersonalizerProblemAnswer(Strict):
    error = fields.Nested(PersonalizerErrorAnswer, required=True)

"""What a client of Azure AI Personalizer sends, as the call that it becomes."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from nba_service.compat.azure_personalizer.schemas import RankCall, RankSchema, RewardSchema


def listed(*names: str) -> list[dict[str, Any]]:
    return [{"id": name, "features": [{"size": 1}, None]} for name in names]


def wrong(body: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ma.ValidationError) as raised:
        RankSchema().load(body)
    return raised.value.normalized_messages()


def test_actions_keep_the_order_of_the_application() -> None:
    assert RankSchema().load({"actions": listed("b", "a")}) == RankCall(actions=("b", "a"))


def test_every_field_arrives_and_what_is_not_known_is_left_out() -> None:
    found = RankSchema().load(
        {
            "actions": listed("a", "b"),
            "contextFeatures": [{"day": "mon"}, None],
            "excludedActions": ["b", "not listed"],
            "eventId": "e-1",
            "deferActivation": True,
            "region": "west",
        }
    )

    assert found == RankCall(
        actions=("a", "b"),
        features=({"day": "mon"}, None),
        excluded=frozenset({"b", "not listed"}),
        event_id="e-1",
        deferred=True,
    )


def test_null_is_as_left_out() -> None:
    nothing = dict.fromkeys(("contextFeatures", "excludedActions", "eventId", "deferActivation"))

    assert RankSchema().load({"actions": listed("a"), **nothing}) == RankCall(actions=("a",))


def test_every_action_stands_once() -> None:
    assert wrong({"actions": listed("a", "b", "a")}) == {"actions": ["every id once"]}


def test_an_action_is_left_to_choose() -> None:
    body = {"actions": listed("a", "b"), "excludedActions": ["a", "b"]}

    assert wrong(body) == {"excludedActions": ["an action to be left"]}


@pytest.mark.parametrize("actions", [[], listed(*map(str, range(51))), None, [{"features": []}]])
def test_one_to_fifty_actions_with_ids(actions: Any) -> None:
    assert [*wrong({"actions": actions})] == ["actions"]
    assert len(RankSchema().load({"actions": listed(*map(str, range(50)))}).actions) == 50


@pytest.mark.parametrize("value", [-1, 0, 1, 0.5])
def test_a_reward_lies_between_minus_one_and_one(value: float) -> None:
    assert RewardSchema().load({"value": value, "who": "cares"}) == {"value": value}


@pytest.mark.parametrize("value", [-1.01, 1.01, "1", None, True])
def test_another_reward_is_refused(value: object) -> None:
    with pytest.raises(ma.ValidationError):
        RewardSchema().load({"value": value})

"""From a decision for a placement to the flags that show it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from models.domain.journey import Journey
from nba_service.compat.openfeature.flags import PARTS, Shown, shown_of
from nba_service.decisions.made import StoredDecision

CONTENT = {"title": "Hello", "body": "Have a look.", "click_url": "/a", "image_url": "", "html": "<p>x</p>"}


def decision(action: str, content: dict[str, str] | None, reason: str = "ARBITRATION") -> StoredDecision:
    answer: dict[str, Any] = {
        "decision_id": "d-1",
        "reason": reason,
        "bundle": "b-1",
        "degraded": False,
        "actions": [{"action": action, "content": content, "action_probability": 0.75}],
    }
    return StoredDecision(orjson.dumps(answer).decode())


@pytest.fixture
def teaser(tiny_journey: Journey) -> Shown:
    return shown_of(decision("teaser", CONTENT), "banner", tiny_journey, page=False)


def test_a_flag_has_the_action_as_variant_and_its_content_as_value(teaser: Shown) -> None:
    assert teaser.flag("banner", "") == {
        "key": "banner",
        "variant": "teaser",
        "reason": "TARGETING_MATCH",
        "metadata": {
            "decision_id": "d-1",
            "placement": "banner",
            "decision_reason": "ARBITRATION",
            "action_probability": 0.75,
            "bundle": "b-1",
            "degraded": False,
            "outcome": "clicked",
        },
        "value": {"action": "teaser", **CONTENT},
    }


def test_each_part_is_a_text_of_the_same_decision(teaser: Shown) -> None:
    values = {part: teaser.flag(f"banner.{part}", part)["value"] for part in PARTS}

    assert values == {"action": "teaser", **CONTENT}


def test_what_was_explored_is_a_split(tiny_journey: Journey) -> None:
    assert (
        shown_of(decision("teaser", CONTENT, "EXPLORATION"), "banner", tiny_journey, page=False).reason
        == "SPLIT"
    )


def test_doing_nothing_leaves_the_applications_own_default(tiny_journey: Journey) -> None:
    shown = shown_of(decision("nothing", None, "NOTHING_ELIGIBLE"), "banner", tiny_journey, page=False)

    for part in ("", "title"):
        flag = shown.flag("banner", part)
        assert "value" not in flag
        assert (flag["variant"], flag["reason"]) == ("nothing", "DEFAULT")
    assert "outcome" not in shown.metadata


def test_a_text_that_is_not_there_is_empty(tiny_journey: Journey) -> None:
    shown = shown_of(decision("teaser", None), "banner", tiny_journey, page=False)

    assert shown.flag("banner.title", "title")["value"] == ""


def test_flags_do_not_share_what_a_client_could_change(teaser: Shown) -> None:
    one, other = teaser.flag("banner", ""), teaser.flag("banner", "")

    assert one["metadata"] is not other["metadata"]
    assert one["value"] is not other["value"]


def test_a_page_does_not_learn_what_the_decision_was_made_by(tiny_journey: Journey) -> None:
    shown = shown_of(decision("teaser", CONTENT, "EXPLORATION"), "banner", tiny_journey, page=True)

    assert shown.metadata == {
        "decision_id": "d-1",
        "placement": "banner",
        "degraded": False,
        "outcome": "clicked",
    }
    assert shown.reason == "TARGETING_MATCH"

"""How a ranking is ordered, and when two requests are the same."""

from __future__ import annotations

from dataclasses import replace

from nba_service.compat.azure_personalizer.ranking import fingerprint, ranking
from nba_service.compat.azure_personalizer.schemas import RankCall

CALL = RankCall(actions=("a", "b", "c", "d"), excluded=frozenset({"b", "x"}))


def test_the_chosen_one_leads_and_excluded_ones_keep_their_places() -> None:
    answer = ranking(CALL, "e-1", "d", {"a": 0.2, "c": 0.5, "d": 0.3})
    assert answer == {
        "ranking": [
            {"id": "d", "probability": 0.3},
            {"id": "b", "probability": 0.0},
            {"id": "c", "probability": 0.5},
            {"id": "a", "probability": 0.2},
        ],
        "eventId": "e-1",
        "rewardActionId": "d",
    }


def test_doing_nothing_is_rewarded_as_no_action() -> None:
    assert ranking(CALL, "e-1", "nothing", {"a": 0.5})["rewardActionId"] is None


def test_the_order_of_what_is_excluded_says_nothing_and_that_of_actions_does() -> None:
    assert fingerprint(CALL) == fingerprint(replace(CALL, excluded=frozenset({"x", "b"})))
    assert fingerprint(CALL) != fingerprint(replace(CALL, actions=("b", "a", "c", "d")))

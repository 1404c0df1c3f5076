"""What a page gets of an answer: what it shows, and nothing that the decision was made by."""

from __future__ import annotations

from nba_service.access.page_answers import page_answer


def test_a_page_sees_what_it_shows_and_no_values_reasons_or_bundle() -> None:
    shown = {
        "rank": 1,
        "placement": "banner",
        "action": "teaser",
        "channel": "web",
        "content": {"title": "T"},
    }
    decision = {
        "decision_id": "d-1",
        "customer_id": "c-1",
        "decided_at": "2026-11-20T12:00:00Z",
        "expires_at": "2026-11-21T12:00:00Z",
        "degraded": True,
        "degraded_by": ["STORE_SLOW"],
    }
    secret = {"action_probability": 0.5, "propensity": {}, "value": {}, "factors": {}, "leads_to": {}}

    found = page_answer(
        {**decision, "bundle": "b-1", "policy": "p", "arm": "a", "actions": [{**shown, **secret}]}
    )

    assert found == {**decision, "actions": [shown]}


def test_a_best_time_is_shown_where_there_is_one() -> None:
    action = dict.fromkeys(("rank", "placement", "action", "channel", "content"))
    names = ("decision_id", "customer_id", "decided_at", "expires_at", "degraded", "degraded_by")
    answer = {**dict.fromkeys(names), "actions": [{**action, "best_time": "2026-11-20T18:00:00Z"}, action]}

    assert page_answer(answer)["actions"] == answer["actions"]

"""segment-analytics-python as it comes from PyPI, and Segment's HTTP calls, against the running service."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

pytest.importorskip("segment.analytics", reason="needs segment-analytics-python")

from segment.analytics.client import Client

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def send(listening: Any, *messages: dict[str, Any], **more: Any) -> Any:
    body = {"batch": list(messages), "sentAt": NOW.isoformat(), **more}
    answer = requests.post(f"{listening.url}/v1/batch", json=body, auth=(listening.key, ""), timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def track(message_id: str, event: str = "Quote", **more: Any) -> dict[str, Any]:
    return {"type": "track", "messageId": message_id, "userId": "c-1", "event": event} | more


def events_of(listening: Any, customer_id: str) -> list[Any]:
    return list(listening.parts.store.state(customer_id, 2**52, 100).events)


def test_the_python_client_sends_what_it_has(listening: Any) -> None:
    failed: list[Any] = []
    client = Client(
        listening.key,
        host=listening.url,
        on_error=lambda error, _: failed.append(error),
        max_retries=1,
        gzip=True,
    )
    client.identify("c-1", {"age": 41, "segment": "new", "shoe": 9}, context={"locale": "de-AT"})
    client.track("c-1", "Quote", {"revenue": 12.5, "channel": "web"})
    client.page(anonymous_id="v-1", name="Visit")
    client.alias("v-1", "c-1")
    client.track("c-1", "Order", anonymous_id="v-1")
    client.group("c-1", "acme")
    client.shutdown()

    assert failed == []
    events = events_of(listening, "c-1")
    assert sorted(event.name for event in events) == ["order", "quote", "visit"]
    quote = next(event for event in events if event.name == "quote")
    assert (quote.channel, quote.value) == ("web", 12.5)
    assert listening.parts.store.persons(["v-1"]) == {"v-1": "c-1"}
    profile = listening.parts.store.customer("c-1")
    assert profile.attributes == {"age": 41, "segment": "new"}
    assert (profile.locale, profile.account_id) == ("de-AT", "acme")


def test_the_answer_says_what_became_of_each_message(listening: Any) -> None:
    send(listening, track("m-1"))

    answer = send(
        listening,
        track("m-1"),
        track("m-2"),
        track("m-2"),
        track("m-3", "Danced"),
        {"type": "track", "messageId": "m-4", "event": "Quote"},
        "nonsense",
        {
            "type": "identify",
            "messageId": "m-5",
            "userId": "c-1",
            "traits": {"age": -1, "vip": True, "shoe": 9},
        },
    )

    assert [item["status"] for item in answer["items"]] == [
        *("duplicate", "accepted", "duplicate", "rejected", "rejected", "rejected", "accepted")
    ]
    assert [item.get("code") for item in answer["items"][3:6]] == [
        "UNKNOWN_NAME",
        "FIELD_REQUIRED",
        "FIELD_TYPE",
    ]
    assert "'danced'" in answer["items"][3]["message"]
    assert set(answer["items"][6]["ignored"]) == {"age", "shoe"}
    assert {name: answer[name] for name in ("success", "accepted", "duplicate", "rejected")} == {
        "success": True,
        "accepted": 2,
        "duplicate": 2,
        "rejected": 3,
    }
    assert listening.parts.store.customer("c-1").attributes == {"vip": True}


def test_the_senders_clock_is_corrected(listening: Any) -> None:
    """Two days ahead of ours, and the message an hour old when it was sent."""
    sent = NOW + timedelta(days=2)
    happened = (sent - timedelta(hours=1)).isoformat()
    send(listening, track("m-1", timestamp=happened), sentAt=sent.isoformat())

    (event,) = events_of(listening, "c-1")
    assert event.occurred_at == int((NOW - timedelta(hours=1)).timestamp() * 1000)

    again = send(
        listening, track("m-1", timestamp=happened), sentAt=(sent + timedelta(minutes=5)).isoformat()
    )
    assert again["items"][0]["status"] == "duplicate"


def test_a_profile_is_kept_where_a_message_says_nothing(listening: Any) -> None:
    """And an old identify that is sent again does not undo a newer one."""
    first = {"type": "identify", "messageId": "i-1", "userId": "c-1", "traits": {"age": 30, "vip": True}}
    later = {"type": "identify", "messageId": "i-2", "userId": "c-1", "traits": {"age": 31}}
    consent = {
        "type": "identify",
        "messageId": "i-3",
        "userId": "c-1",
        "context": {"consent": {"categoryPreferences": {"Email": False}}},
    }
    send(listening, first, later, consent)

    assert send(listening, first)["items"][0]["status"] == "duplicate"
    profile = listening.parts.store.customer("c-1")
    assert (profile.attributes, profile.consent) == ({"age": 31, "vip": True}, {"email": False})


def test_a_track_with_a_decision_is_its_outcome(listening: Any) -> None:
    decided = requests.post(
        f"{listening.url}/v1/decisions",
        json={"customer_id": "c-1", "decision_id": "d-1"},
        headers={"Authorization": f"Bearer {listening.key}"},
        timeout=30,
    )
    assert decided.status_code == 200

    answer = send(listening, track("m-1", "Clicked", properties={"decision_id": "d-1"}))

    assert answer["accepted"] == 1
    assert [one.outcome for one in listening.parts.store.plain.outcomes_of(["d-1"])] == ["clicked"]


@pytest.mark.parametrize("kind", ["track", "page", "screen", "identify", "group", "alias"])
def test_one_message_alone(listening: Any, kind: str) -> None:
    body = {"messageId": "m-1", "userId": "c-1", "event": "Visit", "groupId": "g-1", "previousId": "v-9"}
    data = gzip.compress(json.dumps(body).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    answer = requests.post(
        f"{listening.url}/segment/v1/{kind}", data=data, headers=headers, auth=(listening.key, ""), timeout=30
    )

    assert answer.json()["accepted"] == 1, answer.text


def test_refusals_have_the_clients_shape(listening: Any) -> None:
    wrong = requests.post(f"{listening.url}/v1/batch", json={"batch": []}, auth=("nobody", ""), timeout=30)
    empty = requests.post(
        f"{listening.url}/v1/batch", json={"batch": []}, auth=(listening.key, ""), timeout=30
    )
    bomb = requests.post(
        f"{listening.url}/v1/batch",
        data=gzip.compress(b" " * 2_000_000),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        auth=(listening.key, ""),
        timeout=30,
    )

    assert [one.status_code for one in (wrong, empty, bomb)] == [401, 400, 413]
    assert [one.json()["code"] for one in (wrong, empty, bomb)] == [
        "KEY_INVALID",
        "FIELD_RANGE",
        "BODY_TOO_LARGE",
    ]


def test_a_message_that_is_none_or_not_unicode_costs_itself_alone(listening: Any) -> None:
    half = b'{"type": "track", "messageId": "half", "userId": "c-2", "event": "\\ud83d"}'
    body = b'{"batch": [%s, null, 7, ' + half + b"]}"
    sent = body % json.dumps(track("whole")).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{listening.url}/v1/batch"
    answer = requests.post(url, data=sent, headers=headers, auth=(listening.key, ""), timeout=30)

    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["status"] for item in items] == ["accepted", "rejected", "rejected", "rejected"]
    assert (items[3]["messageId"], items[3]["code"]) == ("half", "TEXT_INVALID")
    assert len(events_of(listening, "c-1")) == 1


def test_an_outcome_happened_when_it_happened(listening: Any) -> None:
    """Sent twice, by a clock that runs on, it is one outcome all the same."""
    an_hour_ago = (NOW - timedelta(hours=1)).isoformat()
    outcome = track("o-1", "clicked", timestamp=an_hour_ago, properties={"decision_id": "d", "value": "x"})
    first = send(listening, outcome)["items"][0]
    again = send(listening, outcome, sentAt=(NOW + timedelta(minutes=1)).isoformat())["items"][0]

    assert (first["status"], again["status"]) == ("accepted", "duplicate")
    assert list(first["ignored"]) == ["value"]
    (row,) = listening.parts.store.plain.outcomes_of(["d"])
    assert row.occurred_at == (NOW - timedelta(hours=1)).timestamp() * 1000

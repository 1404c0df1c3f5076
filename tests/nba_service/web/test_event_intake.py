"""The beacon: every event once, each by itself, and nobody speaks for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.domain.history import to_ms
from nba_service.settings import Settings
from nba_service.web.calls import EventBatch

Post = Callable[..., Any]
WEEK = 7 * 86_400_000


@pytest.fixture
def settings(playbook_settings: Settings) -> Settings:
    return playbook_settings


def batch(visitor: str, *events: Any, sent_at: int = 10_000) -> dict[str, Any]:
    return {"visitor": visitor, "sent_at": sent_at, "events": list(events)}


def track(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "track", "touchpoint": "visit", "at": 9_000, **more}


def test_an_event_is_stored_once_however_often_it_is_sent(
    post: Post, client: FlaskClient, visitor: str
) -> None:
    first = post("/v1/beacon", batch(visitor, track("e-1"))).get_json()
    again = post("/v1/beacon", batch(visitor, track("e-1"), sent_at=70_000)).get_json()

    assert first == {"new": 1, "known": 0, "dropped": []}
    assert again == {"new": 0, "known": 1, "dropped": []}
    assert len(client.get(f"/v1/customers/{visitor}").get_json()["interactions"]) == 1


def test_the_browsers_clock_counts_only_by_its_differences(
    post: Post, client: FlaskClient, visitor: str
) -> None:
    """The tests' clock stands at 2026-11-20T12:00:00Z; this browser believes that it is 1970 or 2100."""
    for sent_at in (100_000, 4_102_444_800_000):
        post("/v1/beacon", batch(visitor, track(f"e-{sent_at}", at=sent_at - 90_000), sent_at=sent_at))

    found = client.get(f"/v1/customers/{visitor}").get_json()["interactions"]

    assert [row["occurred_at"] for row in found] == ["2026-11-20T11:58:30Z"] * 2


def test_what_is_wrong_is_dropped_with_a_reason_and_the_rest_is_stored(
    post: Post, client: FlaskClient, visitor: str
) -> None:
    wrong = [
        (track("old", at=1_000), "EVENT_TOO_OLD"),
        (track("channel", channel="fax"), "UNKNOWN_CHANNEL"),
        (track("extra", customer_id="c-1042"), "UNKNOWN_FIELD"),
        ({"id": "half", "type": "track"}, "FIELD_REQUIRED"),
        ({"id": "kind", "type": "purchase"}, "FIELD_RANGE"),
        (track("x" * 160), "FIELD_RANGE"),
        (None, "FIELD_TYPE"),
        (
            {"id": "o", "type": "outcome", "decision_id": "mail-77/c-1042", "outcome": "clicked"},
            "FOREIGN_DECISION",
        ),
        (
            {
                "id": "p",
                "type": "outcome",
                "decision_id": f"web/{visitor}/banner.never",
                "outcome": "clicked",
            },
            "FOREIGN_DECISION",
        ),
        (
            {
                "id": "q",
                "type": "outcome",
                "decision_id": f"web/{visitor}/banner.never",
                "outcome": "cheered",
            },
            "UNKNOWN_OUTCOME",
        ),
    ]
    sent_at = WEEK + 2_000
    fine = track("fine", at=sent_at)

    answer = post("/v1/beacon", batch(visitor, *(event for event, _ in wrong), fine, sent_at=sent_at))

    told = answer.get_json()
    assert answer.status_code == 200
    assert told["new"] == 1
    assert sorted(one["code"] for one in told["dropped"]) == sorted(code for _, code in wrong)
    counted = client.application.extensions["nba"].telemetry.metrics.registry.get_sample_value
    assert counted("nba_beacon_dropped_total", {"reason": "FOREIGN_DECISION"}) == 2
    assert counted("nba_events_total", {"kind": "interaction", "result": "new"}) == 1


def test_half_of_a_character_drops_its_event_alone(client: FlaskClient, visitor: str) -> None:
    half = b'{"id": "e-2", "type": "track", "touchpoint": "visit", "properties": {"t": "\\ud83d"}}'
    body = b'{"visitor": "%s", "events": [{"id": "e-1", "type": "track", "touchpoint": "visit"}, %s, null]}'
    answer = client.post("/v1/beacon", data=body % (visitor.encode(), half), content_type="text/plain")

    assert answer.get_json() == {
        "new": 1,
        "known": 0,
        "dropped": [{"id": "e-2", "code": "TEXT_INVALID"}, {"id": None, "code": "FIELD_TYPE"}],
    }


def test_an_id_with_another_content_stops_no_other_event(post: Post, visitor: str) -> None:
    post("/v1/beacon", batch(visitor, track("e-1")))

    told = post("/v1/beacon", batch(visitor, track("e-1", touchpoint="order"), track("e-2"))).get_json()

    assert told["new"] == 1
    assert [one["code"] for one in told["dropped"]] == ["IDEMPOTENCY_MISMATCH"]


def test_a_visitor_answers_only_for_themselves(post: Post, client: FlaskClient, visitor: str) -> None:
    other = "v-" + "f" * 32
    body = {"visitor": visitor, "visit": "visit-0001", "placements": ["banner"]}
    decision = post("/v1/slots", body).get_json()["slots"][0]["decision_id"]
    event = {"id": "e-1", "type": "outcome", "decision_id": decision, "outcome": "clicked"}

    theirs = post("/v1/beacon", batch(other, event)).get_json()
    mine = post("/v1/beacon", batch(visitor, event)).get_json()
    twice = post("/v1/beacon", batch(visitor, {**event, "id": "e-2"})).get_json()

    assert theirs["dropped"][0]["code"] == "FOREIGN_DECISION"
    assert (mine["new"], twice["known"]) == (1, 1)  # a second click is the same outcome
    assert len(client.get(f"/v1/customers/{visitor}").get_json()["outcomes"]) == 1


def test_crawlers_report_nothing(post: Post, client: FlaskClient, visitor: str) -> None:
    told = post("/v1/beacon", batch(visitor, track("e-1")), agent="AhrefsBot/7.0").get_json()

    assert told == {"new": 0, "known": 0, "dropped": [{"id": "e-1", "code": "BOT"}]}
    assert client.get(f"/v1/customers/{visitor}").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"), [("", "BODY_NOT_JSON"), ("[]", "FIELD_TYPE"), ('{"visitor":"v-1"}', "FIELD_RANGE")]
)
def test_a_letter_that_cannot_be_read_is_a_problem(client: FlaskClient, body: str, code: str) -> None:
    answer = client.post("/v1/beacon", data=body, content_type="text/plain")

    assert answer.get_json()["code"] == code


def test_plain_text_is_for_pages_only(client: FlaskClient) -> None:
    answer = client.post("/v1/outcomes", data="{}", content_type="text/plain")

    assert answer.get_json()["code"] == "CONTENT_TYPE"


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(
        st.one_of(
            st.none(),
            st.integers(),
            st.dictionaries(
                st.sampled_from(["id", "type", "at", "touchpoint", "decision_id", "outcome", "value", "x"]),
                st.one_of(
                    st.none(),
                    st.integers(-(2**60), 2**60),
                    st.sampled_from(["track", "outcome", "visit", ""]),
                ),
            ),
        ),
        max_size=5,
    ),
    sent_at=st.one_of(st.none(), st.integers(0, 2**53)),
)
def test_any_batch_is_answered_and_every_event_is_accounted_for(
    client: FlaskClient, visitor: str, events: list[Any], sent_at: int | None
) -> None:
    intake = client.application.extensions["nba"].event_intake

    received = intake.receive(EventBatch(visitor=visitor, sent_at=sent_at, events=tuple(events)))

    unique = {event["id"] for event in events if isinstance(event, dict) and isinstance(event.get("id"), str)}
    assert received.new + received.known + len(received.dropped) <= len(events)
    assert received.new + received.known <= len(unique)


def test_times_are_never_in_the_future(client: FlaskClient, visitor: str) -> None:
    services = client.application.extensions["nba"]
    event = track("ahead", at=99_000)

    services.event_intake.receive(EventBatch(visitor=visitor, sent_at=10_000, events=(event,)))

    found = client.get(f"/v1/customers/{visitor}").get_json()["interactions"]
    assert found[0]["occurred_at"] == "2026-11-20T12:00:00Z"
    assert to_ms(services.event_intake._clock()) % 1000 == 0

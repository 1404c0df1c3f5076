"""The slots of a page: what it may see, what holds for a visit, and what is only counted when it was seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.domain.journey import Journey
from nba_service.settings import Settings
from nba_service.web.slots import rivals

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def settings(playbook_settings: Settings) -> Settings:
    """The tiny journey's playbook; everybody in the arm that follows it would be random otherwise."""
    return replace(playbook_settings, identity_secret="s" * 32)


def records(client: FlaskClient, visitor: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/customers/{visitor}").get_json()
    return found


def test_each_slot_is_a_decision_of_its_own(ask: Ask, client: FlaskClient, visitor: str) -> None:
    answer = ask("banner", "sidebar")

    banner, sidebar = answer["slots"]
    assert answer["reason"] == "DECIDED"
    assert banner["action"] == "teaser"
    assert banner["content"] == {
        "title": "Hello there",
        "body": "Have a look.",
        "image_url": "",
        "click_url": "",
        "html": "<p>Have a look.</p>",
    }
    assert banner["outcome"] == "clicked"
    assert (sidebar["action"], sidebar["content"], sidebar["outcome"]) == ("nothing", None, None)
    assert len(records(client, visitor)["decisions"]) == 2


def test_a_page_sees_no_values_and_no_probabilities(ask: Ask) -> None:
    (slot,) = ask("banner")["slots"]

    assert set(slot) == {"placement", "decision_id", "action", "content", "outcome"}


def test_texts_are_plain_text(ask: Ask) -> None:
    (slot,) = ask("banner", attributes={"first_name": "O'Neill <b>"})["slots"]

    assert slot["content"]["title"] == "Hello O'Neill <b>"


def test_a_visit_gets_the_same_answers_whatever_else_is_said(
    ask: Ask, client: FlaskClient, visitor: str
) -> None:
    first = ask("banner", context={"path": "/"})
    again = ask("banner", context={"path": "/other"}, attributes={"age": 30})
    next_visit = ask("banner", visit="visit-0002")

    assert again["slots"] == first["slots"]
    assert next_visit["slots"][0]["decision_id"] != first["slots"][0]["decision_id"]
    assert len(records(client, visitor)["decisions"]) == 2


def test_what_was_not_seen_does_not_count(
    make_app: Callable[..., flask.Flask], settings: Settings, visitor: str
) -> None:
    """A repeat is barred for three days from when it was seen, not from when it was decided."""
    minutes = itertools.count()
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    app = make_app(settings, clock=lambda: now + timedelta(minutes=next(minutes)))
    client, agent = app.test_client(), {"User-Agent": "Mozilla/5.0"}

    def ask(visit: str) -> dict[str, Any]:
        body = {"visitor": visitor, "visit": visit, "placements": ["banner"]}
        slot: dict[str, Any] = client.post("/v1/slots", json=body, headers=agent).get_json()["slots"][0]
        return slot

    unseen, seen = ask("visit-0001"), ask("visit-0002")
    event = {"id": "e-1", "type": "outcome", "decision_id": seen["decision_id"], "outcome": "delivered"}
    client.post("/v1/beacon", json={"visitor": visitor, "events": [event]}, headers=agent)
    third = ask("visit-0003")

    assert (unseen["action"], seen["action"], third["action"]) == ("teaser", "teaser", "nothing")


def test_events_of_the_call_are_known_to_its_decisions(ask: Ask, client: FlaskClient, visitor: str) -> None:
    events = [{"id": "e-1", "type": "track", "touchpoint": "order", "at": 1_000}]

    answer = ask("banner", events=events, sent_at=2_000)

    assert answer["slots"][0]["action"] == "care"
    assert records(client, visitor)["interactions"][0]["channel"] == "web"


def test_what_the_journey_does_not_know_is_ignored_and_said(ask: Ask) -> None:
    answer = ask("banner", "footer", attributes={"shoe_size": 43, "age": "old", "vip": True})

    assert [slot["placement"] for slot in answer["slots"]] == ["banner"]
    assert set(answer["ignored"]) == {"placements.footer", "attributes.shoe_size", "attributes.age"}


@pytest.mark.parametrize(
    ("agent", "headers", "reason"),
    [
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", {}, "BOT"),
        ("", {}, "BOT"),
        (None, {"Sec_Purpose": "prefetch;prerender"}, "PREFETCH"),
        (None, {"Purpose": "prefetch"}, "PREFETCH"),
        (None, {"X_Moz": "prefetch"}, "PREFETCH"),
    ],
)
def test_nothing_is_decided_for_bots_and_prefetches(
    ask: Ask, client: FlaskClient, visitor: str, agent: str | None, headers: dict[str, str], reason: str
) -> None:
    who = headers if agent is None else {**headers, "agent": agent}
    events = [{"id": "e-1", "type": "track", "touchpoint": "visit"}]

    answer = ask("banner", headers=who, events=events)

    assert answer == {"slots": [], "ignored": [], "reason": reason}
    assert client.get(f"/v1/customers/{visitor}").status_code == 404
    counted = client.application.extensions["nba"].telemetry.metrics.registry.get_sample_value
    assert counted("nba_beacon_dropped_total", {"reason": reason}) == 1


def test_global_privacy_control_is_honoured_here_too(ask: Ask) -> None:
    (slot,) = ask("banner", headers={"Sec_GPC": "1"})["slots"]

    assert slot["action"] == "nothing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"visitor": "c-1042"}, "FIELD_RANGE"),
        ({"visitor": "v-" + "G" * 32}, "FIELD_RANGE"),
        ({"visit": "short"}, "FIELD_RANGE"),
        ({"visit": "../../../etc"}, "FIELD_RANGE"),
        ({"placements": []}, "FIELD_RANGE"),
        ({"context": {"time": "2020-01-01T00:00:00Z"}}, "UNKNOWN_FIELD"),
        ({"profile": {}}, "UNKNOWN_FIELD"),
        ({"explain": True}, "UNKNOWN_FIELD"),
    ],
)
def test_a_page_cannot_name_a_customer_or_change_the_clock(
    post: Callable[..., Any], visitor: str, change: dict[str, Any], code: str
) -> None:
    body = {"visitor": visitor, "visit": "visit-0001", "placements": ["banner"], **change}

    answer = post("/v1/slots", body)

    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


def test_a_slots_decision_can_be_read_and_replayed(
    make_app: Callable[[Settings], flask.Flask],
    settings: Settings,
    tmp_path: Path,
    tiny_journey_text: str,
    visitor: str,
) -> None:
    """Even where visit and placement bear the names of routes."""
    text = tiny_journey_text.replace("[banner, sidebar]", "[replay, explanation]")
    (tmp_path / "odd.yaml").write_text(text)
    client = make_app(replace(settings, journey=tmp_path / "odd.yaml")).test_client()
    body = {"visitor": visitor, "visit": "explanation", "placements": ["replay", "explanation"]}

    slots = client.post("/v1/slots", json=body, headers={"User-Agent": "Mozilla/5.0"}).get_json()["slots"]

    assert len(slots) == 2
    for slot in slots:
        replay = client.get(f"/v1/decisions/{slot['decision_id']}/replay")
        assert replay.get_json()["identical"] is True, replay.text


def test_neighbours_are_neither_equal_nor_in_conflict_nor_two_of_a_limited_group(
    solar_journey: Journey,
) -> None:
    """In the solar journey `offer` has a contact limit, and the discount conflicts with the lease."""
    without = rivals(solar_journey, ["nothing", "tailored_lease"])

    assert {"tailored_lease", "limited_discount", "storage_option", "win_back_offer"} <= set(without)
    assert "neighbour_references" not in without
    assert rivals(solar_journey, ["nothing"]) == ()

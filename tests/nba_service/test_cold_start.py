"""The service with a journey file that has grown since its bundle was trained, and with none at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask

from nba_service.settings import Settings

NEW = """\
actions:
  webinar:
    channels: [email]
    phases: [interested]
    group: sales
    value: 5
    content:
      default: {en: {title: Webinar, body: Tomorrow at noon.}}
"""


def test_an_action_that_the_bundle_has_never_seen_is_tried_and_learned_of(
    make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path, tiny_journey_text: str
) -> None:
    """A new share of 0.5: about half of 80 decisions try the webinar; each answer says so and replays."""
    text = tiny_journey_text.replace("actions:\n", NEW, 1) + "  exploration: {new: {share: 0.5}}\n"
    path = tmp_path / "grown.yaml"
    path.write_text(text)
    client = make_app(replace(settings, journey=path)).test_client()

    answers = [
        client.post(
            "/v1/decisions",
            json={
                "customer_id": f"c-{number}",
                "phase": "interested",
                "channels": ["email"],
                "profile": {"consent": {"email": True}},
            },
        ).get_json()
        for number in range(80)
    ]
    chosen = Counter(answer["actions"][0]["action"] for answer in answers)
    tried = next(answer for answer in answers if answer["actions"][0]["action"] == "webinar")

    assert 25 <= chosen["webinar"] <= 55
    assert not tried["degraded"]
    assert tried["actions"][0]["action_probability"] == 0.5
    assert tried["actions"][0]["propensity"]["evidence"] == 0
    assert client.get(f"/v1/decisions/{tried['decision_id']}/replay").get_json()["identical"]


def test_without_a_bundle_the_first_answer_is_the_playbooks(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    call = {"customer_id": "first", "phase": "interested", "profile": {"consent": {"email": True}}}
    answer = make_app(playbook_settings).test_client().post("/v1/decisions", json=call).get_json()

    assert answer["reason"] == "MODEL_UNAVAILABLE"
    assert answer["degraded"]
    assert 0 < answer["actions"][0]["action_probability"] <= 1


EMPTY = """\
company: Young
currency: EUR
time_zone: Europe/Berlin
default_locale: en
phases: {stranger: {}}
channels: {web: {cost: 0, inbound: true, placements: [banner]}}
outcomes:
  response_window_days: 7
  default: no_response
  named: {clicked: {sentiment: positive}, no_response: {}}
actions: {}
"""


def test_a_company_without_actions_is_answered_with_nothing(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text(EMPTY)
    client = make_app(replace(playbook_settings, journey=path)).test_client()

    answer = client.post("/v1/decisions", json={"customer_id": "first", "placements": ["banner"]}).get_json()

    assert [action["action"] for action in answer["actions"]] == ["nothing"]
    assert answer["reason"] == "NOTHING_ELIGIBLE"
    assert client.get(f"/v1/decisions/{answer['decision_id']}/replay").get_json()["identical"]

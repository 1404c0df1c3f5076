"""A change is tried over HTTP: what it would do, whose key may, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW

LONG_AGO = "2026-11-02T12:00:00Z"
"""Longer ago than the file waits until it repeats an action."""


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> flask.Flask:
    app = make_app(playbook_settings)
    client = app.test_client()
    for number in range(3):
        profile = {"consent": {"email": True}}
        assert client.put(f"/v1/customers/c-{number}", json=profile).status_code == 200
        body = {"customer_id": f"c-{number}", "context": {"time": LONG_AGO}}
        assert client.post("/v1/decisions", json=body).status_code == 200
    return app


def stored(app: flask.Flask) -> int:
    return len(app.extensions["nba"].store.plain.overview.newest_decisions(99))


def test_a_journey_file_that_says_the_same_changes_nothing(app: flask.Flask, tiny_journey_text: str) -> None:
    answer = app.test_client().post("/v1/rehearsals", json={"journey": tiny_journey_text})

    told = answer.get_json()
    assert (answer.status_code, told["customers"], told["changed"], told["people"]) == (200, 3, 0, [])


def test_a_rule_that_takes_something_away_is_seen_in_people_and_shifts(
    app: flask.Flask, tiny_journey_text: str
) -> None:
    decided = app.test_client().post("/v1/explanations", json={"customer_id": "c-1"}).get_json()
    taken = decided["actions"][0]["action"]
    rule = f"{{code: NOT_THIS, tier: eligibility, when: 'false', actions: [{taken}]}}"
    assert "policies:\n" in tiny_journey_text
    changed = tiny_journey_text.replace("policies:\n", f"policies:\n  - {rule}\n", 1)

    told = app.test_client().post("/v1/rehearsals", json={"journey": changed, "customers": 2}).get_json()
    assert told["customers"] == told["changed"] == len(told["people"]) == 2
    assert {one["before"]["action"] for one in told["people"]} == {taken}
    assert taken not in {one["after"]["action"] for one in told["people"]}
    assert {one["action"]: one["after"] for one in told["shifts"]}[taken] == 0
    assert stored(app) == 3


def test_a_file_that_is_wrong_is_told_with_its_line(app: flask.Flask) -> None:
    answer = app.test_client().post("/v1/rehearsals", json={"journey": "company: ["})
    unknown = app.test_client().post("/v1/rehearsals", json={"bundle": "no-such"})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "REQUEST_INVALID")
    assert "the journey file that was sent:" in answer.get_json()["detail"]
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "BUNDLE_UNKNOWN")


def test_rules_of_ones_own_need_their_scope(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, tiny_journey_text: str
) -> None:
    guarded = make_app(
        replace(playbook_settings, authentication=Authentication.REQUIRED, key_cache_seconds=0)
    )
    issuer = KeyIssuer(guarded.extensions["nba"].store.plain.keys, lambda: NOW)
    reader = issuer.create("reader", scopes=("read",))[1]

    answer = guarded.test_client().post(
        "/v1/rehearsals",
        json={"journey": tiny_journey_text},
        headers={"Authorization": f"Bearer {reader}"},
    )

    assert (answer.status_code, answer.get_json()["code"]) == (403, "SCOPE_MISSING")

"""What customers tell by typed properties: checked at every door, and heard by the next call."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.domain.journey import Journey
from nba_service.data.row_checks import RowChecks
from nba_service.data.tables import COLUMNS
from nba_service.settings import Settings

WRONG = {"severity": "unheard of", "page": "/help"}
BROWSER = {"User-Agent": "Mozilla/5.0 Firefox/130"}
AT = "2026-11-20T11:00:00Z"


@pytest.fixture
def settings(playbook_settings: Settings, tmp_path: Path, told_journey_text: str) -> Settings:
    (tmp_path / "journey.yaml").write_text(told_journey_text)
    return playbook_settings


@pytest.fixture
def app(make_app: Callable[[Settings], flask.Flask], settings: Settings) -> flask.Flask:
    return make_app(settings)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def tell(client: FlaskClient, touchpoint: str, at: str = AT, **properties: object) -> Any:
    event = {"customer_id": "c", "touchpoint": touchpoint, "occurred_at": at, "properties": properties}
    return client.post("/v1/interactions", json=event)


def actions(client: FlaskClient, **more: object) -> list[str]:
    body = {"customer_id": "c", "channels": ["web", "email"], "profile": {"consent": {"email": True}}, **more}
    return [one["action"] for one in client.post("/v1/decisions", json=body).get_json()["actions"]]


def test_a_critical_ticket_stops_marketing_on_the_next_call_until_it_is_solved(client: FlaskClient) -> None:
    assert actions(client, decision_id="d-0", deferred=True) == ["teaser"]
    assert tell(client, "ticket", severity="critical").status_code < 300
    assert actions(client) == ["nothing"]
    tell(client, "ticket", "2026-11-20T11:30:00Z", solved=True)
    assert actions(client, channels=["web"]) == ["teaser"]


def test_what_the_caller_states_counts_as_what_is_stored(client: FlaskClient) -> None:
    event = {"touchpoint": "ticket", "occurred_at": AT, "properties": {"severity": "critical"}}
    assert actions(client, interactions=[event]) == ["nothing"]
    assert actions(client) == ["teaser"]


def test_low_scores_close_an_offer_and_good_ones_open_it_again(client: FlaskClient) -> None:
    tell(client, "quote", "2026-11-19T11:00:00Z")
    assert actions(client, channels=["email"], exclude=["teaser"]) == ["offer"]
    tell(client, "csat", "2026-11-20T10:00:00Z", score=1)
    assert actions(client, channels=["email"], exclude=["teaser"]) == ["nothing"]
    tell(client, "csat", score=5)
    assert actions(client, channels=["email"], exclude=["teaser", "care"], decision_id="d-3") == ["offer"]


def test_a_decision_on_what_was_told_replays_as_identical(client: FlaskClient) -> None:
    tell(client, "ticket", severity="critical", note="x" * 200)
    assert actions(client, decision_id="d-1") == ["nothing"]
    tell(client, "ticket", "2026-11-20T11:30:00Z", solved=True)
    assert client.get("/v1/decisions/d-1/replay").get_json()["identical"] is True


def test_the_api_names_the_property_and_what_was_expected(client: FlaskClient) -> None:
    refused = tell(client, "ticket", **WRONG)
    assert refused.status_code == 422
    (error,) = refused.get_json()["errors"]
    assert error["code"] == "PROPERTY_VALUE"
    assert error["field"].endswith("properties.severity")
    assert "low, critical" in error["detail"]
    event = {"touchpoint": "ticket", "occurred_at": AT, "properties": WRONG}
    stated = client.post("/v1/decisions", json={"customer_id": "c", "interactions": [event]})
    assert stated.get_json()["code"] == "PROPERTY_VALUE"
    assert tell(client, "visit", **WRONG).status_code < 300, "nobody typed what a visit tells"


def test_a_page_and_segment_lose_the_value_and_say_so(client: FlaskClient) -> None:
    event = {"id": "e-1", "type": "track", "touchpoint": "ticket", "at": 9_000, "properties": WRONG}
    body = {"visitor": "v-" + "0123456789abcdef" * 2, "sent_at": 10_000, "events": [event]}
    page = client.post("/v1/beacon", data=json.dumps(body), content_type="text/plain", headers=BROWSER)
    assert [one["code"] for one in page.get_json()["dropped"]] == ["PROPERTY_VALUE"]
    message = {"messageId": "m-1", "type": "track", "userId": "c", "event": "ticket", "properties": WRONG}
    sent = client.post("/v1/batch", json={"batch": [message]})
    assert "properties.severity" in sent.text
    (stored,) = client.get("/v1/customers/c").get_json()["interactions"]
    assert stored["properties"] == {"page": "/help"}


def with_reasons(text: str) -> str:
    """The journey file with a reason on rejections, and a rule that looks at it."""
    reason = "reason: {type: category, values: [price, timing]}"
    rejected = f"    rejected: {{sentiment: negative, properties: {{{reason}}}}}\n"
    told = text.replace("    no_response: {}\n", "    no_response: {}\n" + rejected)
    assert told != text
    return told.replace(
        "policies:\n",
        """policies:
  - code: TOO_DEAR
    tier: eligibility
    actions: [teaser]
    when: '!has(last.rejected.reason) || last.rejected.reason != "price"'
""",
    )


def refuse(client: FlaskClient, number: int, **properties: object) -> Any:
    """A rejection of a decision of its own, weeks ago."""
    day = f"2026-10-{number:02}T10:00:00Z"
    actions(client, decision_id=f"d-{number}", context={"time": day})
    outcome = {"decision_id": f"d-{number}", "outcome": "rejected", "occurred_at": day}
    return client.post("/v1/outcomes", json={**outcome, "properties": properties})


def test_an_outcome_tells_why_and_rules_know_it(
    make_app: Callable[[Settings], flask.Flask], settings: Settings, tmp_path: Path, told_journey_text: str
) -> None:
    (tmp_path / "journey.yaml").write_text(with_reasons(told_journey_text))
    client = make_app(settings).test_client()
    wrong = refuse(client, 1, reason="weather")
    assert wrong.get_json()["errors"][0]["code"] == "PROPERTY_VALUE"
    assert "outcomes.named.rejected.properties.reason" in wrong.get_json()["errors"][0]["detail"]
    assert refuse(client, 2, reason="timing").status_code == 200
    assert actions(client, deferred=True, exclude=["care"]) == ["teaser"]
    assert refuse(client, 3, reason="price").status_code == 200
    assert actions(client, deferred=True, exclude=["care"]) == ["nothing"], "too dear: no teaser"
    stored = client.get("/v1/customers/c").get_json()["outcomes"]
    assert [one["properties"] for one in stored if one["outcome"] == "rejected"] == [
        {"reason": "price"}, {"reason": "timing"},
    ]  # fmt: skip


def test_the_same_outcome_with_another_reason_is_another_content(
    make_app: Callable[[Settings], flask.Flask], settings: Settings, tmp_path: Path, told_journey_text: str
) -> None:
    (tmp_path / "journey.yaml").write_text(with_reasons(told_journey_text))
    client = make_app(settings).test_client()
    actions(client, decision_id="d-1")
    body = {"outcome_id": "o-1", "decision_id": "d-1", "outcome": "rejected", "occurred_at": AT}
    assert (
        client.post("/v1/outcomes", json={**body, "properties": {"reason": "price"}}).get_json()["new"] == 1
    )
    assert (
        client.post("/v1/outcomes", json={**body, "properties": {"reason": "price"}}).get_json()["known"] == 1
    )
    other = client.post("/v1/outcomes", json={**body, "properties": {"reason": "timing"}})
    assert other.get_json()["errors"][0]["code"] == "IDEMPOTENCY_MISMATCH"


def test_an_import_leaves_out_the_value_and_names_its_row(told_journey: Journey) -> None:
    row = {"interaction_id": "i", "customer_id": "c", "occurred_at": 1, "touchpoint": "ticket"}
    columns = {name: [row.get(name)] for name in COLUMNS["interactions"]}
    columns["properties"] = [json.dumps(WRONG)]
    checks = RowChecks(COLUMNS["interactions"], ("interaction_id",), None, told_journey.event_properties)
    cleaned, usable = checks.usable("a.parquet", 1, columns)
    assert usable == [0]
    assert cleaned["properties"] == ['{"page":"/help"}']
    (problem,) = checks.problems
    assert (problem.column, problem.left_out) == ("properties.severity", False)

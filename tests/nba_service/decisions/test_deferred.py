"""Deferred decisions count, and teach, only when delivered, or they close; best times over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from nba_service.api.decisions.responses import DecisionAnswer
from nba_service.data.tables import export_store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAIL = {"channels": ["email"], "phase": "interested", "profile": {"consent": {"email": True}}}


def decide(client: FlaskClient, customer: str = "c", **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json={"customer_id": customer, **MAIL, **body})
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.get_json()
    return decided


def mailed(client: FlaskClient, days_ago: float, prefix: str) -> str:
    """The id of a deferred decision for a mail."""
    time = (NOW - timedelta(days=days_ago)).isoformat()
    for number in range(40):
        name = f"{prefix}-{number}"
        answer = decide(client, decision_id=name, deferred=True, context={"time": time})
        if answer["actions"][0]["channel"] == "email":
            return name
    raise AssertionError("no mail was drawn")


def deliver(client: FlaskClient, decision_id: str, days_ago: float, outcome: str = "delivered") -> None:
    at = (NOW - timedelta(days=days_ago)).isoformat()
    event = {"decision_id": decision_id, "outcome": outcome, "occurred_at": at}
    assert client.post("/v1/outcomes", json=event).status_code == 200


def is_full(client: FlaskClient) -> bool:
    explained = client.post("/v1/explanations", json={"customer_id": "c", **MAIL}).get_json()
    return "EMAIL_2_IN_7_DAYS" in {d["code"] for d in explained["explanation"]["drop_outs"]}


def exported(client: FlaskClient, folder: Path) -> dict[str, Any]:
    export_store(client.application.extensions["nba"].store.plain, folder)
    table = pq.read_table(folder / "decisions")  # type: ignore[no-untyped-call]
    return {row["decision_id"]: row for row in table.to_pylist()}


def test_it_counts_only_when_delivered(client: FlaskClient) -> None:
    """Three are planned, and two of them reach the customer: then the week is full."""
    planned = [mailed(client, 2, f"d{n}") for n in range(3)]
    assert not is_full(client)
    deliver(client, planned[0], 1)
    assert not is_full(client)
    deliver(client, planned[1], 1)
    assert is_full(client)


def test_the_first_outcome_says_that_it_was_delivered(client: FlaskClient, tmp_path: Path) -> None:
    name = mailed(client, 3, "d")
    deliver(client, name, 1, "clicked")
    assert exported(client, tmp_path)[name]["delivered_at"] == NOW - timedelta(days=1)


def test_not_delivered_within_its_window_it_is_closed(client: FlaskClient, tmp_path: Path) -> None:
    """Ten days ago, window of seven: late deliveries are contacts, but nothing is learned from them."""
    never, late, timely = (mailed(client, 10, name) for name in ("never", "late", "timely"))
    deliver(client, late, 1)
    deliver(client, timely, 4)

    rows = exported(client, tmp_path)

    assert [rows[name]["delivered_at"] for name in (never, late, timely)] == [
        None,
        None,
        NOW - timedelta(days=4),
    ]
    assert rows[never]["deliver_by"] == NOW - timedelta(days=3)
    assert is_full(client)  # two mails have reached the customer this week
    held = client.get("/v1/customers/c").get_json()["decisions"]
    shown = {d["decision_id"]: d["delivery"] for d in held}
    assert [shown[name] for name in (never, late, timely)] == ["closed", "closed", "delivered"]


def test_a_decision_that_is_shown_at_once_has_no_window(client: FlaskClient, tmp_path: Path) -> None:
    decide(client, decision_id="now")
    mailed(client, 1, "waits")
    held = client.get("/v1/customers/c").get_json()["decisions"]
    assert {d["delivery"] for d in held} == {"delivered", "pending"}
    row = exported(client, tmp_path)["now"]
    assert (row["delivered_at"], row["deliver_by"]) == (NOW, None)


def test_best_time_is_there_if_asked_for_and_only_then(client: FlaskClient) -> None:
    window = {"from": "2026-11-20T22:00:00Z", "until": "2026-11-22T22:00:00Z"}
    for number in range(30):
        asked = decide(client, decision_id=f"w-{number}", deferred=True, when="asked", window=window)
        assert DecisionAnswer().load(asked)
        if asked["actions"][0]["channel"] == "email":
            break
    best = datetime.fromisoformat(asked["actions"][0]["best_time"])
    plain = decide(client, decision_id="plain", deferred=True, window=window)

    assert datetime(2026, 11, 21, 5, tzinfo=UTC) <= best  # quiet until six in Berlin
    assert best <= datetime(2026, 11, 22, 22, tzinfo=UTC)
    assert "best_time" not in plain["actions"][0]
    name = asked["decision_id"]
    assert client.get(f"/v1/decisions/{name}/replay").get_json()["identical"] is True


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"when": "soon"}, "FIELD_RANGE"),
        ({"window": {"from": "2026-11-20T22:00:00Z"}}, "FIELD_REQUIRED"),
        ({"window": {"from": "2026-11-22T22:00:00Z", "until": "2026-11-20T22:00:00Z"}}, "FIELD_RANGE"),
    ],
)
def test_a_window_that_cannot_be_is_refused(client: FlaskClient, body: dict[str, Any], code: str) -> None:
    answer = client.post("/v1/decisions", json={"customer_id": "c", **body})
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)

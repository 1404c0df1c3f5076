"""``nba explain``: tables, a text for the customer, and the same to programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import flask
import pytest
from click.testing import Result

from nba_service.cli.explain import show
from nba_service.settings import Settings


@pytest.fixture
def log(make_app: Callable[..., flask.Flask], settings: Settings) -> None:
    """Decision ``log/3`` of a customer who asked for an offer the day before."""
    quote = {"occurred_at": "2026-11-19T10:00:00Z", "channel": "web", "touchpoint": "quote"}
    body: dict[str, Any] = {
        "customer_id": "c-3",
        "decision_id": "log/3",
        "profile": {"attributes": {"age": 40}, "consent": {"email": True}},
        "interactions": [quote],
    }
    assert make_app(settings).test_client().post("/v1/decisions", json=body).status_code == 200


def test_explain_prints_tables_and_the_text_for_the_customer(nba: Callable[..., Result], log: None) -> None:
    tables = nba("explain", "log/3", "--phase", "customer")
    assert tables.exit_code == 0, tables.output
    for part in (
        "Candidates (EUR)",
        "Dropped out",
        "What if:",
        "What differs",
        "offer@email",
        "PHASE",
        "The path ahead",
    ):
        assert part in tables.output
    text = nba("explain", "log/3", "--text", "de")
    assert "Was andere Daten geändert hätten" in text.output
    assert nba("explain").exit_code == 2
    assert "DECISION_UNKNOWN" in nba("explain", "nobody").output


def test_a_customer_can_be_explained_who_was_never_decided_for(nba: Callable[..., Result], log: None) -> None:
    arguments = ["explain", "--customer", "c-9", "--at", "2026-11-20T11:00:00Z", "--channel", "web", "--json"]

    done = nba(*arguments)

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["customer_id"], told["decided_at"]) == ("c-9", "2026-11-20T11:00:00Z")
    assert {one["channel"] for one in told["explanation"]["candidates"]} <= {"web", None}
    assert "what_if" not in told


def test_every_change_is_passed_on(nba: Callable[..., Result], log: None) -> None:
    done = nba("explain", "log/3", "--without", "quote", "--bundle", "b-2", "--json")

    told = json.loads(done.stdout)
    assert told["phase"]["name"] == "interested"
    assert (told["what_if"]["phase"]["name"], told["what_if"]["bundle"]) == ("stranger", "b-2")


@pytest.mark.parametrize("arguments", [["log/3", "--customer", "c-3"], []])
def test_it_is_a_decision_or_a_customer(nba: Callable[..., Result], arguments: list[str]) -> None:
    done = nba("explain", *arguments)

    assert done.exit_code == 2
    assert "Say either a DECISION_ID or --customer ID." in done.stderr


def test_a_wrong_field_ends_in_one_line_with_its_code(nba: Callable[..., Result], log: None) -> None:
    done = nba("explain", "--customer", "a b")

    assert done.exit_code == 1
    assert done.stderr.startswith("FIELD_RANGE: customer_id: expected an id")


def answer(**changed: Any) -> dict[str, Any]:
    candidate = {
        "action": "offer",
        "channel": "email",
        "action_probability": 0.9,
        "factors": {
            "propensity": 0.25, "value": 10, "weight": 1, "lever": 1, "cost": 0.1, "journey_gain": 3.456,
            "share_price": 0,
        },
        "value": {"priority": 5.856, "over_nothing": 5.5},
        "changes": {"customer": 0.03, "interested": -0.04, "stranger": 0.0001},
        "contributions": [{"text": "asked for an offer", "log_odds": 0.5}],
        "since_training": {"decisions": 12.4, "log_odds": -0.125},
    }  # fmt: skip
    return {
        "customer_id": "c-1",
        "decided_at": "2026-11-20T12:00:00Z",
        "phase": {"name": "interested", "source": "history"},
        "actions": [{"action": "offer", "channel": "email", "reasons": ["HIGHEST_PRIORITY"]}],
        "bundle": "b-1",
        "policy": "champion",
        "arm": "champion",
        "currency": "EUR",
        "explanation": {
            "candidates": [candidate],
            "drop_outs": [
                {"action": "care", "channel": None, "tier": "phase", "code": "PHASE", "detail": "x"}
            ],
            "not_asked": 3,
            "rule_failures": ["ADULTS_ONLY"],
        },
    } | changed


def test_every_number_is_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    show(answer())

    told = capsys.readouterr().out
    lines = [line.split() for line in told.splitlines()]
    assert "offer@email: HIGHEST_PRIORITY; bundle b-1, policy champion, arm champion" in told
    assert [
        "offer@email", "0.900", "0.2500", "10", "1", "1", "0.10", "3.46", "0", "5.86", "5.50",
        "interested", "-0.040,", "customer", "+0.030",
    ] in lines  # fmt: skip
    assert ["offer@email", "asked", "for", "an", "offer", "+0.500"] in lines
    assert ["offer@email", "12", "decisions", "since", "the", "training", "-0.125"] in lines
    assert ["care", "phase", "PHASE", "x"] in lines
    assert "3 more are on channels or placements that were not asked for" in told
    assert "The rule of policy ADULTS_ONLY failed while it ran" in told


def test_what_leads_nowhere_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    still = answer()
    still["explanation"]["candidates"][0] |= {"changes": {"customer": 0.0004}, "since_training": None}

    show(still)

    told = capsys.readouterr().out
    (row,) = [line for line in told.splitlines() if line.startswith("offer@email   ")][:1]
    assert row.split()[-1] == "-"
    assert "since the training" not in told


def test_what_points_it_costs_is_printed(nba: Callable[..., Result], log: None, capsys: Any) -> None:
    """Where the journey file asks for satisfaction, each candidate carries it."""
    answer = json.loads(nba("explain", "log/3", "--json").stdout)
    offer = next(one for one in answer["explanation"]["candidates"] if one["action"] == "offer")
    offer["satisfaction"] = {"fact": "csat", "over_nothing": -0.25, "low": -0.4, "high": -0.1, "worth": -2.5}
    show(answer)
    printed = capsys.readouterr().out
    assert "What it changes in the next csat" in printed
    assert "-0.40 to -0.10" in printed
    assert "-2.50" in printed

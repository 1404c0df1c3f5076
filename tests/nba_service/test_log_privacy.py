"""The log tells nobody who a customer is: every route is called with names that must not be found in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import flask
import pytest

from nba_service.settings import Settings

PERSON = "anna.karenina@example.com"
ALIAS = "visitor-of-anna"
NAMES = ("karenina", "visitor-of-anna", "Anna-Secret-Name")


def speak(app: flask.Flask) -> int:
    """Call every route about one person, well and badly; how many answers came."""
    client, person = app.test_client(), quote(PERSON, safe="")
    profile = {"attributes": {"first_name": "Anna-Secret-Name"}, "consent": {"personalization": True}}
    decision = {"customer_id": PERSON, "decision_id": f"mail/{PERSON}", "profile": profile}
    event = {"customer_id": PERSON, "touchpoint": "visit", "interaction_id": f"i/{PERSON}"}
    calls = [
        ("PUT", f"/v1/customers/{person}", profile),
        ("PUT", f"/v1/customers/{person}", {"attributes": {"first_name": 7}}),
        ("POST", f"/v1/customers/{person}/aliases", {"aliases": [ALIAS]}),
        ("POST", "/v1/customers/other/aliases", {"aliases": [ALIAS]}),
        ("POST", "/v1/decisions", decision),
        ("POST", "/v1/decisions", {**decision, "limit": 2}),
        ("POST", "/v1/decisions", {**decision, "phase": "Anna-Secret-Name"}),
        ("POST", "/v1/decisions/batch", {"decisions": [{"customer_id": PERSON}]}),
        ("POST", "/v1/decisions", {"customer_id": ALIAS, "decision_id": f"web/{ALIAS}"}),
        ("POST", "/v1/explanations", {"customer_id": PERSON}),
        ("POST", "/v1/interactions", event),
        ("POST", "/v1/interactions", {**event, "touchpoint": "Anna-Secret-Name"}),
        ("POST", "/v1/outcomes", {"decision_id": f"mail/{PERSON}", "outcome": "clicked"}),
        ("POST", "/v1/outcomes", {"decision_id": f"mail/{PERSON}", "outcome": "Anna-Secret-Name"}),
        ("GET", f"/v1/decisions/mail/{person}", None),
        ("GET", f"/v1/decisions/mail/{person}/explanation?text=en", None),
        ("GET", f"/v1/decisions/mail/{person}/replay", None),
        ("GET", f"/v1/decisions/gone/{person}", None),
        ("GET", f"/v1/customers/{person}", None),
        ("GET", f"/nowhere/{person}?name=Anna-Secret-Name", None),
        ("DELETE", f"/v1/customers/{person}", None),
    ]
    answers = 0
    for method, path, body in calls:
        sent = {} if body is None else {"json": body}
        headers = {"Idempotency-Key": f"{PERSON}-{answers}", "Referer": f"https://x/{PERSON}"}
        answers += client.open(path, method=method, headers=headers, **sent).status_code > 0
    return answers


@pytest.mark.parametrize("broken", [False, True])
def test_no_route_writes_a_customers_name_into_the_log(
    make_app: Callable[..., flask.Flask],
    settings: Settings,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    broken: bool,
) -> None:
    app = make_app(replace(settings, log_level="debug"))
    if broken:
        parts = app.extensions["nba"]
        for service in (parts.decisions, parts.events, parts.customers):
            for name in ("decide", "get", "put", "erase", "add_outcomes", "add_interactions"):
                if hasattr(type(service), name):
                    monkeypatch.setattr(type(service), name, _fail)

    assert speak(app) == 21

    said = capfdbinary.readouterr().err.decode()
    assert said.count("\n") >= 20, "the log was captured"
    for name in NAMES:
        assert re.search(re.escape(name), said, re.IGNORECASE) is None, name
    assert quote(PERSON, safe="") not in said


def _fail(*values: object, **named: object) -> None:
    raise LookupError("a failure with a person in its frames")


def test_erasure_leaves_statistics_without_a_person(
    make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: object
) -> None:
    """What is left of Anna in the whole database, journal and kept answers: counts, and no name."""
    import sqlite3

    app = make_app(settings)
    speak(app)
    path = settings.database_url.removeprefix("sqlite:///")
    app.extensions["nba"].store.close()
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
        left = connection.execute("SELECT count(*) FROM decisions").fetchone()[0]

    assert left >= 2, "decisions are still counted"
    for name in NAMES:
        assert name.lower() not in dump.lower(), name

"""Whatever door a refusal comes through, it holds until a later grant of the same consent is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.app import create_app
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BASIC = {"Authorization": "Basic a2V5Og=="}
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=key/20261120/eu-central-1/personalize/aws4_request,"
    " SignedHeaders=host, Signature=00"
}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
VISITOR = "v-" + "0123456789abcdef" * 2


class Person:
    """A service whose clock moves a second with every call, and what one person says to it."""

    def __init__(self, make_app: Callable[..., flask.Flask], settings: Settings) -> None:
        self.now = NOW
        self.app = make_app(settings, clock=lambda: self.now)
        self.client: FlaskClient = self.app.test_client()
        self.parts: Any = self.app.extensions["nba"]

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        self.now += timedelta(seconds=1)
        answer = self.client.open(path, method=method, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.get_json()

    def put(self, who: str, **profile: Any) -> None:
        self.send("PUT", f"/v1/customers/{who}", profile)

    def happens(self, who: str, touchpoint: str = "left", ago: float = 0, **more: Any) -> None:
        at = (self.now + timedelta(seconds=1 - ago)).isoformat()
        event = {"customer_id": who, "touchpoint": touchpoint, "occurred_at": at, **more}
        self.send("POST", "/v1/interactions", event)

    def identify(self, who: str, ago: float = 0, **fields: Any) -> None:
        at = (self.now + timedelta(seconds=1 - ago)).isoformat()
        message = {"type": "identify", "userId": who, "messageId": f"m-{self.now.timestamp()}"}
        sent = (self.now + timedelta(seconds=1)).isoformat()
        self.send(
            "POST", "/v1/batch", {"batch": [message | {"timestamp": at} | fields], "sentAt": sent}, **BASIC
        )

    def consent(self, who: str) -> dict[str, bool]:
        found: dict[str, bool] = self.send("GET", f"/v1/customers/{who}", None)["consent"]
        return found

    def reached(self, who: str) -> bool:
        """Whether mails are allowed; every way to decide must say the same."""
        body = {"customer_id": who, "channels": ["email"]}
        mail = self.send("GET", f"/v1/email/email?recipient={who}&message_id=m{self.now.timestamp()}", None)
        asked = [
            self.send("POST", "/v1/explanations", body),
            self.send("POST", "/v1/decisions", body | {"deferred": True}),
            self.send("POST", "/v1/decisions/batch", {"decisions": [body | {"deferred": True}]})["decisions"][
                0
            ],
        ]
        chosen = {one["actions"][0]["action"] != "nothing" for one in asked} | {mail["action"] != "nothing"}
        assert len(chosen) == 1, chosen
        return chosen.pop()


@pytest.fixture
def settings(playbook_settings: Settings, tiny_journey_text: str) -> Settings:
    text = tiny_journey_text.replace(
        "  visit: Visit\n", "  visit: Visit\n  left: {label: Left, withdraws: [email]}\n"
    )
    for limit in ("    limits: [{count: 2, window_days: 7}]\n", "    repeat_after_days: 3\n"):
        text = text.replace(limit, "")
    Path(playbook_settings.journey or "").write_text(text)
    return playbook_settings


@pytest.fixture
def person(make_app: Callable[..., flask.Flask], settings: Settings) -> Person:
    return Person(make_app, settings)


def by_profile(person: Person) -> None:
    person.put("c", consent={"email": False})


def by_touchpoint(person: Person) -> None:
    person.happens("c")


def by_outcome(person: Person) -> None:
    made = person.send("POST", "/v1/decisions", {"customer_id": "c", "channels": ["email"]})
    person.send("POST", "/v1/outcomes", {"decision_id": made["decision_id"], "outcome": "complained"})


def by_outcome_without_decision(person: Person) -> None:
    told = {"customer_id": "c", "action": "teaser", "channel": "email", "outcome": "complained"}
    person.send("POST", "/v1/outcomes", told)


def by_segment_event(person: Person) -> None:
    message = {"type": "track", "userId": "c", "messageId": "left", "event": "Left"}
    person.send("POST", "/v1/batch", {"batch": [message]}, **BASIC)


def by_segment_profile(person: Person) -> None:
    person.identify("c", traits={"consent": {"email": False}})


def by_page(person: Person) -> None:
    """A visitor who turns out to be the customer."""
    event = {"id": "e-1", "type": "track", "touchpoint": "left"}
    batch = {"visitor": VISITOR, "sent_at": 10_000, "events": [event]}
    person.send("POST", "/v1/beacon", batch, **{"User-Agent": BROWSER})
    person.send("POST", "/v1/customers/c/aliases", {"aliases": [VISITOR]})


def without_the_store(person: Person) -> None:
    """Journalled, and replayed once the store is back."""
    person.parts.store.breaker.trip()
    person.happens("c")
    assert not person.parts.store.journal.empty
    person.parts.recovery.look()
    assert person.parts.store.journal.empty


DOORS = (
    by_profile,
    by_touchpoint,
    by_outcome,
    by_outcome_without_decision,
    by_segment_event,
    by_segment_profile,
    by_page,
    without_the_store,
)


@pytest.mark.parametrize("refuse", DOORS)
def test_a_refusal_holds_until_it_is_granted_again(refuse: Callable[[Person], None], person: Person) -> None:
    person.put("c", consent={"email": True})
    assert person.reached("c")
    refuse(person)
    assert (person.consent("c")["email"], person.reached("c")) == (False, False)

    person.put("c", attributes={"age": 41})
    person.identify("c", traits={"segment": "new"})
    person.identify("c", ago=3_600, traits={"consent": {"email": True}})
    users = [{"userId": "c", "properties": json.dumps({"age": 40})}]
    person.send(
        "POST", "/users", {"datasetArn": "arn:aws:personalize:x:1:dataset/x/USERS", "users": users}, **SIGNED
    )
    person.put("seen-elsewhere", attributes={"age": 42})
    person.send("POST", "/v1/customers/c/aliases", {"aliases": ["seen-elsewhere"]})
    assert (person.consent("c")["email"], person.reached("c")) == (False, False)

    person.put("c", consent={"email": True})
    assert (person.consent("c")["email"], person.reached("c")) == (True, True)


def test_a_decision_can_refuse_for_itself_and_cannot_grant_what_is_refused(person: Person) -> None:
    body = {"customer_id": "c", "channels": ["email"]}
    grants, refuses = ({"profile": {"consent": {"email": given}}} for given in (True, False))
    assert person.send("POST", "/v1/explanations", body | grants)["actions"][0]["action"] != "nothing"

    person.put("c", consent={"email": True})
    assert person.send("POST", "/v1/explanations", body | refuses)["actions"][0]["action"] == "nothing"
    assert person.reached("c")

    person.happens("c")
    assert person.send("POST", "/v1/explanations", body | grants)["actions"][0]["action"] == "nothing"


def test_an_unsubscription_whose_clock_runs_ahead_holds_at_once(person: Person) -> None:
    person.put("c", consent={"email": True})
    person.happens("c", ago=-60)
    assert not person.reached("c")

    person.put("c", consent={"email": True})
    assert person.reached("c")
    person.now += timedelta(seconds=120)
    assert person.reached("c")


def test_an_identify_older_than_the_profile_fills_its_gaps_only(person: Person) -> None:
    person.put("c", consent={"email": False}, attributes={"age": 40})
    person.identify("c", ago=60, traits={"age": 39, "segment": "new", "consent": {"email": True}})

    found = person.send("GET", "/v1/customers/c", None)
    assert (found["attributes"], found["consent"]) == ({"age": 40, "segment": "new"}, {"email": False})

    person.identify("c", traits={"age": 41, "consent": {"email": True}})
    found = person.send("GET", "/v1/customers/c", None)
    assert (found["attributes"], found["consent"]) == ({"age": 41, "segment": "new"}, {"email": True})


def test_a_journal_that_is_replayed_late_lifts_no_refusal(
    person: Person, make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path
) -> None:
    """Another host took a grant while the store was away, and comes back after the refusal."""
    other = Person(make_app, replace(settings, journal=tmp_path / "other-host"))
    other.parts.store.breaker.trip()
    other.put("c", consent={"email": True})
    person.now += timedelta(seconds=60)
    person.happens("c")

    other.now += timedelta(seconds=120)
    other.parts.recovery.look()
    assert other.parts.store.journal.empty
    assert (person.consent("c"), person.reached("c")) == ({"email": False}, False)


def test_access_shows_when_each_consent_was_given_and_refused_and_erasure_forgets_it(person: Person) -> None:
    person.put("c", consent={"email": True, "sms": False})
    person.happens("c", ago=0.5)

    found = person.send("GET", "/v1/customers/c", None)

    assert found["consent"] == {"email": False, "sms": False}
    assert found["consents"] == {
        "email": {
            "given": False,
            "granted": {
                "at": "2026-11-20T12:00:01Z",
                "arrived_at": "2026-11-20T12:00:01Z",
                "source": "profile",
            },
            "refused": {
                "at": "2026-11-20T12:00:01.500000Z",
                "arrived_at": "2026-11-20T12:00:02Z",
                "source": "left",
            },
        },
        "sms": {
            "given": False,
            "granted": None,
            "refused": {
                "at": "2026-11-20T12:00:01Z",
                "arrived_at": "2026-11-20T12:00:01Z",
                "source": "profile",
            },
        },
    }
    person.client.delete("/v1/customers/c")
    assert person.client.get("/v1/customers/c").status_code == 404


def test_somebody_of_whom_only_a_refusal_is_kept_is_known(person: Person) -> None:
    person.happens("c")
    assert person.parts.store.plain.forget_old(2**50, 2**51)["interactions"] == 1

    found = person.send("GET", "/v1/customers/c", None)
    assert (found["consent"], found["interactions"]) == ({"email": False}, [])


def test_a_refusal_and_a_phase_are_not_hidden_by_more_events_than_are_read(person: Person) -> None:
    person.put("c", consent={"email": True})
    person.happens("c", "order")
    person.happens("c")
    for part in range(3):
        views = [
            {"customer_id": "c", "touchpoint": "visit", "interaction_id": f"view-{part}-{number}"}
            for number in range(900)
        ]
        person.send("POST", "/v1/interactions", {"interactions": views})

    asked = person.send("POST", "/v1/explanations", {"customer_id": "c", "channels": ["web"]})
    assert asked["phase"]["name"] == "customer"
    assert not person.reached("c")


def test_events_from_before_the_journey_file_said_so_are_recorded_by_a_running_service(
    person: Person, settings: Settings
) -> None:
    person.put("c", consent={"email": True})
    person.happens("c", "quote")
    assert person.reached("c")
    path = Path(settings.journey or "")
    path.write_text(
        path.read_text()
        .replace("  quote: Asked", "  quote: {withdraws: [email], label: Asked")
        .replace("for an offer\n", "for an offer}\n", 1)
    )

    app = create_app(settings, clock=lambda: NOW + timedelta(days=1), poll=False)
    later: Any = app.extensions["nba"]
    later.recovery.record_withdrawals()
    later.stop()

    assert person.consent("c") == {"email": False}

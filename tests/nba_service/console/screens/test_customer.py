"""Customer: what happened with somebody, and why this; every case has its sentence in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.domain.consent import Consent, Statement, record
from models.domain.journey import Journey
from nba_service.console.desk import Desk
from nba_service.console.screens import customer
from nba_service.keys.scopes import Scope
from nba_service.store.rows import CustomerRow, InteractionRow

NOW_MS = 1_795_176_000_000  # 2026-11-20, 12:00 UTC
EVERYTHING = (Scope.CONSOLE, Scope.READ, Scope.DECIDE)
PERSON = customer.Person(
    customer_id="c-1",
    row=None,
    ledger={},
    decisions=(),
    outcomes=(),
    interactions=(),
    before=None,
    after=None,
)


def answer(action: str, reason: str = "ARBITRATION", worth: float = 5.0) -> dict[str, Any]:
    channel = None if action == "nothing" else "email"
    return {
        "decided_at": "2026-11-19T09:00:00Z",
        "reason": reason,
        "arm": "treatment",
        "phase": {"name": "new", "since": "2026-11-18T09:00:00Z"},
        "actions": [{"action": action, "channel": channel, "value": {"over_nothing": worth}}],
        "explanation": {"candidates": [], "drop_outs": []},
    }


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(
    ("told", "words"),
    [
        (answer("offer"), {"en": "worth 5.00", "de": "5,00"}),
        (answer("offer", "EXPLORATION", -1.0), {"en": "as a trial", "de": "als Versuch"}),
        (answer("offer", "CONTROL_ARM"), {"en": "control arm", "de": "Vergleichsarm"}),
        (answer("nothing", worth=0), {"en": "left in peace", "de": "in Ruhe gelassen"}),
        (answer("nothing", "NOTHING_ELIGIBLE", 0), {"en": "nothing", "de": "nichts erlaubt"}),
    ],
)
def test_each_case_has_its_headline(
    make_desk: Callable[..., Desk], language: str, stored: bool, told: Any, words: dict[str, str]
) -> None:
    shown = customer.Shown(answer=told, explanation=told["explanation"], stored=stored, identical=None)
    headline = customer.finding(make_desk(language), PERSON, shown)

    assert words[language] in headline
    assert "c-1" in headline
    assert customer.lede(make_desk(language), shown, ())


def test_consents_say_since_when_and_by_what_or_that_nobody_asked(
    make_desk: Callable[..., Desk], tiny_journey: Journey
) -> None:
    flag = tiny_journey.consents[0]
    ledger = record({}, Consent(flag, False, Statement(NOW_MS, NOW_MS, "unsubscribe")))
    rows = customer.consents(make_desk().words, tiny_journey, ledger)

    assert rows[0] == (flag, False, "since 20 Nov 2026, unsubscribe")
    assert all(how == "never asked" for _, given, how in rows[1:] if given is None)


def decided(client: FlaskClient, **body: Any) -> str:
    """A decision that is really made and stored; its id."""
    from nba_service.access.issuing import KeyIssuer

    services = client.application.extensions["nba"]
    _, token = KeyIssuer(services.store.plain.keys, services.sessions.now).create("server", scopes=EVERYTHING)
    made = client.post("/v1/decisions", json=body, headers={"Authorization": f"Bearer {token}"})
    assert made.status_code == 200, made.text
    return str(made.json["decision_id"])


def test_a_stored_decision_is_shown_replayed_and_asked_again(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    store = client.application.extensions["nba"].store.plain
    store.put_customers([CustomerRow(customer_id="c-1", attributes={"age": 40}, updated_at=NOW_MS)])
    store.put_customers([CustomerRow(customer_id="c-2", updated_at=NOW_MS)])
    store.add_interactions(
        [
            InteractionRow(
                interaction_id="i-1", customer_id="c-1", occurred_at=NOW_MS - 10**8, touchpoint="visit"
            )
        ]
    )
    decision = decided(client, customer_id="c-1", profile={"consent": {"email": True}})

    page = client.get(f"/console/customer?id=c-1&decision={decision}")

    assert page.status_code == 200, page.text
    assert "identical to the last bit" in page.text
    assert 'rel="next" href="/console/customer?id=c-2"' in page.text
    assert len(page.data) < 60_000
    assert "The path ahead" in page.text
    assert "Chance within 90 days" in page.text
    asked = client.get(f"/console/customer?id=c-1&decision={decision}&without=visit&lang=de")
    assert "Der Weg voraus" in asked.text
    assert "Mit der Änderung" in asked.text
    assert "Ändern Sie eines" not in asked.text
    rows = client.get("/console/customer.json?id=c-1").json["tables"]
    assert {"timeline", "candidates", "drop_outs"} == set(rows)
    assert "visit" in str(rows["timeline"]).lower()
    assert "One event of theirs" in page.text


def test_why_somebody_got_nothing_is_said_with_the_reason(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    decision = decided(client, customer_id="c-9", channels=["email"])

    page = client.get(f"/console/customer?id=c-9&decision={decision}").text

    assert "got nothing, because nothing was allowed" in page or "left in peace" in page


def test_a_decision_of_somebody_else_is_not_shown(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    decision = decided(client, customer_id="c-1")
    decided(client, customer_id="c-2")

    assert client.get(f"/console/customer?id=c-2&decision={decision}").status_code == 404


def test_somebody_of_whom_nothing_is_decided_gets_what_they_would_get(
    sign_in: Callable[..., FlaskClient],
) -> None:
    client = sign_in()
    store = client.application.extensions["nba"].store.plain
    store.put_customers([CustomerRow(customer_id="c-1", updated_at=NOW_MS)])

    one, again = (client.get("/console/customer?id=c-1").text for _ in range(2))

    assert "not stored" in one
    assert one == again.replace("x", "x")


def test_an_unknown_id_and_an_empty_store_say_so(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()

    assert "Nobody has been decided for yet" in client.get("/console/customer").text
    assert "Nothing is stored of “nobody”" in client.get("/console/customer?id=nobody").text


def test_persons_are_for_keys_that_may_read(sign_in: Callable[..., FlaskClient]) -> None:
    assert sign_in((Scope.CONSOLE,)).get("/console/customer").status_code == 403

"""Account: whom to speak to, about what; every case has its sentence in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.journey_file import parse_journey
from nba_service.console.desk import Desk
from nba_service.console.screens import account
from nba_service.keys.scopes import Scope
from nba_service.settings import Settings
from tests.account_journey import ACCOUNT_JOURNEY

EVERYTHING = (Scope.CONSOLE, Scope.READ, Scope.DECIDE)


def decided(action: str) -> dict[str, Any]:
    channel = None if action == "nothing" else "email"
    offer = {
        "role": "technical",
        "action": action,
        "channel": channel,
        "over_nothing": 2.5,
        "probability": 0.9,
    }
    return {
        "customer_id": "tom",
        "actions": [{"action": action, "channel": channel}],
        "account": {"role": "technical", "people": [offer]},
    }


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Callable[[str], Desk]:
    journey = parse_journey(ACCOUNT_JOURNEY.encode(), "accounts.yaml")
    return lambda language: replace(make_desk(language), journey=journey)


@pytest.mark.parametrize(
    ("told", "english", "german"),
    [
        (decided("datasheet"), "Speak to tom (Runs it): Technical data sheet", "Mit tom sprechen"),
        (decided("nothing"), "Leave acme in peace", "acme in Ruhe lassen"),
        (None, "Nobody is in acme yet", "Bei acme ist noch niemand"),
    ],
)
def test_each_case_has_its_headline(
    desk: Callable[[str], Desk], told: Any, english: str, german: str
) -> None:
    shown = {"account_id": "acme", "people": [], "phase": "testing"}

    assert english in account.finding(desk("en"), shown, told)
    assert german in account.finding(desk("de"), shown, told)
    assert account.lede(desk("en"), shown) == "0 people, together in: Testing."
    assert account.lede(desk("en"), {**shown, "phase": None}) == "0 people."


def test_attributes_and_roles_have_their_labels(desk: Callable[[str], Desk]) -> None:
    shown = {"attributes": {"employees": 1200, "partner": True}}

    assert account.facts(desk("en"), shown) == [("Employees", "1,200"), ("Partner of ours", "yes")]
    assert account.role_label(desk("en"), None) == "no role"
    assert account.account_offers(desk("en"), decided("datasheet"))[0][0] == "Runs it"


def test_the_page_shows_people_and_leads_to_them(
    sign_in: Callable[..., FlaskClient], guarded: Settings
) -> None:
    client = sign_in(EVERYTHING)

    empty = client.get("/console/account")
    unknown = client.get("/console/account?id=nowhere")

    assert "There are no accounts yet" in empty.text
    assert "There is no account nowhere" in unknown.text


def test_an_account_is_a_page_with_its_numbers(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, desk: Callable[[str], Desk]
) -> None:
    path = playbook_settings.journey
    assert path is not None
    path.write_text(ACCOUNT_JOURNEY)
    app = make_app(playbook_settings)
    client = app.test_client()
    client.put("/v1/accounts/acme", json={"attributes": {"employees": 7}})
    client.put("/v1/customers/tom", json={"consent": {"email": True}})
    client.put("/v1/accounts/acme/people/tom", json={"role": "technical"})

    with app.test_request_context():
        page = account.show(replace(desk("en"), screen="account", args={"id": "acme"}))
        chosen = account.show(replace(desk("en"), screen="account", args={}))

    assert page.finding == "Speak to tom (Runs it): Technical data sheet, by E-mail"
    assert page.tables[0].rows[0][:2] == ("tom", "Runs it")
    assert page.tables[1].rows[0][1] == "Technical data sheet"
    assert chosen.tables[0].rows[0][:2] == ("acme", 1)

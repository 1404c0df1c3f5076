"""Links of mails: signed, limited in time, and for allowed hosts only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer

from nba_service.mail.signed_links import may_lead_to
from nba_service.settings import Settings
from tests.nba_service.mail.conftest import PERSON, SECRET, Clock
from tests.nba_service.mail.sent_mail import ADA, held, outcomes, path_of


def test_a_token_that_is_changed_or_foreign_leads_nowhere(client: FlaskClient) -> None:
    click = path_of(client.get(ADA).get_json()["click_url"])
    forged = URLSafeSerializer("another-secret", salt="nba.mail").dumps(
        ["s", "mail/x", "email", 2_000_000_000]
    )
    for token in (click.replace("/c/", "")[:-2] + "xx", forged, "x", "x" * 2_000):
        assert client.get(f"/c/{token}", headers=PERSON).status_code == 404
        assert client.get(f"/i/{token}.png", headers=PERSON).status_code == 200


def test_a_token_ends(client: FlaskClient, clock: Clock) -> None:
    mail = client.get(ADA).get_json()
    clock.wait(days=92)
    answer = client.get(path_of(mail["click_url"]), headers=PERSON)
    assert answer.headers["Location"] == "https://tiny.example/en"
    client.get(path_of(mail["open_image_url"]), headers=PERSON)
    assert len(held(client)["decisions"]) == 1
    assert outcomes(client) == set()


def test_secrets_can_be_changed_while_mails_are_under_way(
    make_app: Callable[..., flask.Flask], settings: Settings, clock: Clock
) -> None:
    click = path_of(make_app(settings, clock=clock).test_client().get(ADA).get_json()["click_url"])
    clock.wait(minutes=1)
    both = make_app(replace(settings, mail_secret=("second-" + "t" * 32, SECRET)), clock=clock).test_client()
    assert both.get(click, headers=PERSON).status_code == 302
    newer = path_of(both.get(ADA).get_json()["click_url"])
    only = make_app(replace(settings, mail_secret=("second-" + "t" * 32,)), clock=clock).test_client()
    assert only.get(newer, headers=PERSON).status_code == 302
    assert only.get(click, headers=PERSON).status_code == 404


def test_without_a_secret_links_lead_straight_on(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    mail = make_app(replace(settings, mail_secret=None)).test_client().get(ADA).get_json()
    assert mail["click_url"] == "https://tiny.example/look?a=1"
    assert (mail["open_image_url"], mail["open_click_url"]) == ("", "")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://tiny.example/a?b=c#d", True),
        ("http://tiny.example", True),
        ("https://TINY.example/", True),
        ("https://tiny.example.evil.org/", False),
        ("https://evil.org/tiny.example", False),
        ("https://tiny.example@evil.org/", False),
        ("https://evil.org\\@tiny.example/", False),
        ("https://tiny.example\\.evil.org/", False),
        ("https://tiny.example:444/", False),
        ("//tiny.example/", False),
        ("/path", False),
        ("javascript://tiny.example/%0aalert(1)", False),
        ("https://tiny.example/\r\nSet-Cookie: a=b", False),
        ("https://[tiny.example/", False),
        ("", False),
    ],
)
def test_clicks_lead_only_to_allowed_hosts(url: str, allowed: bool) -> None:
    assert may_lead_to(("tiny.example",), url) is allowed

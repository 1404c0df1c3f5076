"""Pictures and clicks: decided at the first look, then fixed; machines decide and count nothing."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from PIL import Image

from nba_service.mail.pictures import plain_picture
from nba_service.mail.signed_links import may_lead_to
from nba_service.settings import Settings
from tests.nba_service.mail.conftest import PERSON, PUBLIC, SECRET, Clock

ADA = "/v1/email/email?recipient=ada&message_id=m-1&consent=email"


def path_of(url: str) -> str:
    assert url.startswith(PUBLIC)
    return url.removeprefix(PUBLIC)


def held(client: FlaskClient, customer: str = "ada") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/customers/{customer}").get_json()
    return found


def outcomes(client: FlaskClient) -> set[str]:
    return {one["outcome"] for one in held(client)["outcomes"]}


def test_a_click_is_counted_once_and_led_on(client: FlaskClient, clock: Clock) -> None:
    click = path_of(client.get(ADA).get_json()["click_url"])
    clock.wait(minutes=5)
    for _ in range(3):
        answer = client.get(click, headers=PERSON)
        assert (answer.status_code, answer.headers["Location"]) == (302, "https://tiny.example/look?a=1")
        assert answer.headers["Cache-Control"] == "no-store"

    assert sorted(one["outcome"] for one in held(client)["outcomes"]) == ["clicked", "delivered"]


@pytest.mark.parametrize(
    ("method", "headers", "after"),
    [
        ("HEAD", PERSON, 300),
        ("GET", {"User-Agent": ""}, 300),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, 300),
        ("GET", {**PERSON, "Sec-Purpose": "prefetch"}, 300),
        ("GET", {**PERSON, "Purpose": "prefetch"}, 300),
        ("GET", PERSON, 2),
    ],
)
def test_clicks_of_machines_lead_on_and_do_not_count(
    client: FlaskClient, clock: Clock, method: str, headers: dict[str, str], after: int
) -> None:
    click = path_of(client.get(ADA).get_json()["click_url"])
    clock.wait(seconds=after)
    answer = client.open(click, method=method, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://tiny.example/look?a=1")
    assert outcomes(client) == set()


def test_picture_and_click_agree_and_stay(client: FlaskClient, clock: Clock) -> None:
    mail = client.get(ADA).get_json()
    clock.wait(hours=11)  # 23:00 in Berlin: quiet hours do not bind who looks right now
    first = client.get(path_of(mail["open_image_url"]), headers=PERSON)

    assert first.mimetype == "image/png"
    assert "no-store" in first.headers["Cache-Control"]
    assert len(first.data) < 100_000
    assert Image.open(io.BytesIO(first.data)).size == (1200, 600)
    body = {
        "interactions": [{"customer_id": "ada", "touchpoint": "order", "occurred_at": "2026-11-20T23:10:00Z"}]
    }
    clock.wait(hours=1)
    assert client.post("/v1/interactions", json=body).status_code == 200
    clock.wait(hours=1)  # a customer now, for whom there is no such mail any more
    assert client.get(path_of(mail["open_image_url"]), headers=PERSON).data == first.data
    assert client.get(path_of(mail["open_click_url"]), headers=PERSON).headers["Location"] == (
        "https://tiny.example/look?a=1"
    )
    assert len(held(client)["decisions"]) == 2
    assert outcomes(client) == {"delivered", "clicked"}


def test_the_picture_is_decided_from_what_is_known_at_the_first_look(
    client: FlaskClient, clock: Clock
) -> None:
    mail = client.get(ADA).get_json()
    clock.wait(minutes=1)
    body = {
        "interactions": [{"customer_id": "ada", "touchpoint": "order", "occurred_at": "2026-11-20T12:00:30Z"}]
    }
    assert client.post("/v1/interactions", json=body).status_code == 200
    client.get(path_of(mail["open_image_url"]), headers=PERSON)

    sent, opened = sorted(held(client)["decisions"], key=lambda one: one["decided_at"])
    assert (sent["action"], opened["action"]) == ("teaser", "nothing")
    assert opened["decision_id"].startswith("open/")


def test_who_unsubscribed_gets_the_default_picture(client: FlaskClient, clock: Clock) -> None:
    mail = client.get(ADA).get_json()
    told = {"decision_id": mail["decision_id"], "outcome": "complained"}
    clock.wait(seconds=30)
    assert client.post("/v1/outcomes", json={"outcomes": [told]}).status_code == 200
    clock.wait(seconds=30)
    picture = client.get(path_of(mail["open_image_url"]), headers=PERSON)
    assert picture.data == client.get("/i/wrong.png", headers=PERSON).data
    target = client.get(path_of(mail["open_click_url"]), headers=PERSON).headers["Location"]
    assert target == "https://tiny.example/en"


@pytest.mark.parametrize("agent", ["GoogleImageProxy", "YahooMailProxy", "Mozilla/5.0"])
def test_proxies_of_mail_programs_fetch_for_a_person(client: FlaskClient, agent: str) -> None:
    mail = client.get(ADA).get_json()
    client.get(path_of(mail["open_image_url"]), headers={"User-Agent": f"Mozilla/5.0 (via {agent})"})
    assert len(held(client)["decisions"]) == 2


def test_a_crawler_gets_a_picture_and_decides_nothing(client: FlaskClient) -> None:
    mail = client.get(ADA).get_json()
    picture = client.get(path_of(mail["open_image_url"]), headers={"User-Agent": "Googlebot/2.1"})
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert len(held(client)["decisions"]) == 1


def test_a_token_that_is_changed_or_foreign_leads_nowhere(client: FlaskClient) -> None:
    click = path_of(client.get(ADA).get_json()["click_url"])
    forged = URLSafeSerializer("another-secret", salt="nba.mail").dumps(
        ["s", "mail/x", "email", 2_000_000_000]
    )
    for token in (click.replace("/c/", "")[:-2] + "xx", forged, "x", "x" * 2_000):
        assert client.get(f"/c/{token}", headers=PERSON).status_code == 404
        assert client.get(f"/i/{token}.png", headers=PERSON).status_code == 200


def test_without_pillow_the_picture_is_one_pixel(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_picture.cache_clear()
    monkeypatch.setitem(sys.modules, "PIL", None)
    answer = client.get("/i/x.png", headers=PERSON)
    monkeypatch.undo()
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.data)).size == (1, 1)


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

"""The console's addresses: closed without a key, whole without a script, one address for page and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import flask
import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.console.routes import COOKIE, POLICY, asset_address
from nba_service.keys.scopes import Scope
from nba_service.settings import Settings


def test_without_a_key_for_it_there_is_no_console(
    make_app: Callable[..., flask.Flask], guarded: Settings
) -> None:
    client = make_app(guarded).test_client()

    for path in ("/console", "/console/customer", "/console/assets/console.css"):
        assert client.get(path).status_code == 404
    assert client.post("/console/sign-in", data={"key": "x"}).status_code == 404


def test_who_has_not_signed_in_gets_the_form_and_then_the_page_that_was_asked_for(
    make_app: Callable[..., flask.Flask], guarded: Settings
) -> None:
    app = make_app(guarded)
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, app.extensions["nba"].sessions.now)
    _, token = issuer.create("anna", scopes=[Scope.CONSOLE, Scope.READ])
    client = app.test_client()

    asked = client.get("/console/customer?id=c-1&lang=de")
    assert asked.status_code == 401
    assert 'value="/console/customer?id=c-1&amp;lang=de"' in asked.text
    entered = client.post("/console/sign-in", data={"key": token, "next": "/console/customer?id=c-1"})
    assert entered.headers["Location"] == "/console/customer?id=c-1"
    cookie = entered.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=28800"))
    assert client.get("/console/customer").status_code == 200


def test_a_cookie_is_secure_where_browsers_come_over_https(
    make_app: Callable[..., flask.Flask], guarded: Settings
) -> None:
    from dataclasses import replace

    app = make_app(replace(guarded, public_url="https://nba.example.com"))
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, app.extensions["nba"].sessions.now)
    _, token = issuer.create("anna", scopes=[Scope.CONSOLE])

    answer = app.test_client().post("/console/sign-in", data={"key": token})
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("following", ["https://evil.example", "//evil.example/console", "/v1/bundles", ""])
def test_signing_in_leads_nowhere_else(
    sign_in: Callable[..., flask.testing.FlaskClient], following: str
) -> None:
    client = sign_in()
    app = client.application
    _, token = KeyIssuer(app.extensions["nba"].store.plain.keys, app.extensions["nba"].sessions.now).create(
        "bob", scopes=[Scope.CONSOLE]
    )

    answer = client.post("/console/sign-in", data={"key": token, "next": following})
    assert answer.headers["Location"] == "/console"


def test_a_wrong_key_is_told_on_the_form(sign_in: Callable[..., flask.testing.FlaskClient]) -> None:
    answer = sign_in().application.test_client().post("/console/sign-in", data={"key": "nbask_x"})

    assert answer.status_code == 401
    assert "Expected a live secret key" in answer.text


def test_signing_out_needs_a_token_and_forgets_the_cookie(
    sign_in: Callable[..., flask.testing.FlaskClient],
) -> None:
    client = sign_in()

    assert client.post("/console/sign-out", data={}).status_code == 403
    page = client.get("/console").text
    token = re.search(r'name="form" value="(\w+)"', page)
    assert token is not None
    assert client.post("/console/sign-out", data={"form": token[1]}).status_code == 303
    assert client.get_cookie(COOKIE, path="/console") is None
    assert client.get("/console").status_code == 401


def test_another_websites_form_is_refused(sign_in: Callable[..., flask.testing.FlaskClient]) -> None:
    answer = sign_in().post("/console/sign-out", data={}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_pages_may_load_nothing_from_elsewhere_and_have_nothing_inline(
    sign_in: Callable[..., flask.testing.FlaskClient],
) -> None:
    answer = sign_in().get("/console")

    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "'unsafe" not in POLICY
    assert not re.search(r"<script(?![^>]* src=)|<style| style=|\son\w+=|https?://", answer.text)


def test_assets_are_kept_by_their_hash_and_the_script_is_small(
    sign_in: Callable[..., flask.testing.FlaskClient],
) -> None:
    import gzip

    client = sign_in()
    for name in ("console.css", "console.js", "icon.svg"):
        answer = client.get(asset_address(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert len(gzip.compress(client.get(asset_address("console.js")).data)) < 8_192
    assert client.get("/console/assets/other.js").status_code == 404


def test_a_screen_that_there_is_not_is_404(sign_in: Callable[..., flask.testing.FlaskClient]) -> None:
    assert sign_in().get("/console/nowhere").status_code == 404


def test_page_csv_and_json_are_at_one_address(sign_in: Callable[..., flask.testing.FlaskClient]) -> None:
    client = sign_in()

    by_name = client.get("/console/customer.csv")
    by_header = client.get("/console/customer", headers={"Accept": "text/csv"})
    assert by_name.data == by_header.data
    assert by_name.headers["Content-Disposition"] == 'attachment; filename="customer-newest.csv"'
    assert client.get("/console/customer.json").json["tables"] == {"newest": []}
    assert client.get("/console/customer.csv?table=other").status_code == 404


def test_a_failure_is_a_page_with_the_id_of_the_request(
    sign_in: Callable[..., flask.testing.FlaskClient],
) -> None:
    answer = sign_in((Scope.CONSOLE,)).get("/console/customer")

    assert answer.status_code == 403
    assert "SCOPE_MISSING" in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value and tag == "a"]


def test_every_link_of_the_menu_leads_to_a_page_in_the_same_language(
    sign_in: Callable[..., flask.testing.FlaskClient],
) -> None:
    client, links = sign_in(), _Links()
    links.feed(client.get("/console?lang=de").text)
    inside = {href for href in links.found if href.startswith("/console") and "lang=de" in href}

    assert len(inside) >= 2
    assert {href: client.get(href).status_code for href in inside} == dict.fromkeys(inside, 200)

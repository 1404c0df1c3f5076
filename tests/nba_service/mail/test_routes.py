"""The addresses of mails: always an answer, in the form that the tool takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.settings import Settings

URL = "/v1/email/email?recipient=c-1&message_id=m-1&consent=email"


@pytest.mark.parametrize(
    ("ending", "accept", "kind"),
    [
        ("", None, "application/json"),
        (".json", "text/html", "application/json"),
        (".html", None, "text/html"),
        (".txt", "application/json", "text/plain"),
        ("", "text/html", "text/html"),
        ("", "text/plain", "text/plain"),
        ("", "text/plain;q=0.5, text/html", "text/html"),
        ("", "text/html, */*;q=0.1", "application/json"),
        ("", "image/png", "application/json"),
    ],
)
def test_the_ending_says_the_form_and_else_what_the_tool_accepts(
    client: FlaskClient, ending: str, accept: str | None, kind: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}

    answer = client.get(URL.replace("?", f"{ending}?"), headers=headers)

    assert (answer.status_code, answer.mimetype) == (200, kind)
    if kind != "application/json":
        assert answer.headers["X-NBA-Reason"] == "DECIDED"
        assert answer.headers["X-NBA-Decision-Id"]


def test_all_forms_show_one_decision(client: FlaskClient) -> None:
    told = client.get(URL).get_json()
    html, text = (client.get(URL.replace("?", f".{ending}?")) for ending in ("html", "txt"))

    assert told["title"] == "Hello there"
    assert {html.headers["X-NBA-Decision-Id"], text.headers["X-NBA-Decision-Id"]} == {told["decision_id"]}
    assert "Hello there" in html.text
    assert text.text.startswith("Hello there")


def test_an_unknown_ending_is_part_of_the_name(client: FlaskClient) -> None:
    told = client.get(URL.replace("?", ".pdf?")).get_json()

    assert (told["reason"], told["title"]) == ("UNKNOWN_PLACEMENT", "News")


@pytest.mark.parametrize("deadline", ["soon", "0"])
def test_whatever_is_wrong_with_a_request_the_mail_is_whole(client: FlaskClient, deadline: str) -> None:
    answer = client.get(URL, headers={"X-Deadline-Ms": deadline})

    assert answer.status_code == 200
    assert (answer.get_json()["reason"], answer.get_json()["title"]) == ("REQUEST_INVALID", "News")


def test_a_failure_of_ours_leaves_the_mail_whole(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nba_service.mail.content import MailContent

    def fails(*_: object) -> Any:
        raise RuntimeError("a fault that nobody thought of")

    monkeypatch.setattr(MailContent, "content", fails)

    for ending, kind in (("", "application/json"), (".html", "text/html")):
        answer = client.get(URL.replace("?", f"{ending}?"))
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert "News" in answer.text
    assert client.get(URL).get_json()["reason"] == "UNAVAILABLE"


def test_emarsys_gets_an_empty_list_where_nothing_can_be_done(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nba_service.mail.routes.answer_batch", lambda *_: 1 / 0)

    answer = client.post("/v1/email/emarsys", json={})

    assert (answer.status_code, answer.get_json()) == (200, {"content": []})


def test_the_usual_placement_of_emarsys_is_the_first_email_channel(client: FlaskClient) -> None:
    body = {"fields": ["id"], "parameters": [{"id": "c-1"}], "limit": 10}

    named, unnamed = (
        client.post(f"/v1/email/emarsys?id=id&message_id=m-1{more}", json=body).get_json()
        for more in ("&placement=email", "")
    )

    assert unnamed == named
    assert len(unnamed["content"]) == 1


def test_a_head_shows_what_could_be_and_decides_nothing(client: FlaskClient) -> None:
    answer = client.head(URL.replace("?", ".html?"))

    assert (answer.status_code, answer.headers["X-NBA-Reason"], answer.data) == (200, "NOTHING", b"")
    assert client.get("/v1/customers/c-1").status_code == 404


def test_a_picture_with_a_wrong_token_is_a_plain_card_that_nobody_keeps(client: FlaskClient) -> None:
    answer = client.get("/i/wrong.png")

    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_link_with_a_wrong_token_leads_nowhere(client: FlaskClient) -> None:
    answer = client.get("/c/wrong")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "NOT_FOUND")


def test_a_link_of_a_mail_leads_on_and_no_search_engine_follows(client: FlaskClient) -> None:
    click = client.get(URL).get_json()["open_click_url"]

    answer = client.get(click.removeprefix("https://nba.tiny.example"))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://tiny.example/")
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_beyond_its_limit_a_key_gets_the_default(
    make_app: Callable[..., flask.Flask], settings: Settings, clock: Any
) -> None:
    from dataclasses import replace

    from nba_service.access.issuing import KeyIssuer
    from nba_service.keys.scopes import Scope
    from nba_service.settings import Authentication

    required = replace(settings, authentication=Authentication.REQUIRED, rate_key_per_minute=1)
    app = make_app(required, clock=clock)
    _, key = KeyIssuer(app.extensions["nba"].store.plain.keys, clock).create("tool", scopes=[Scope.DECIDE])
    headers = {"Authorization": f"Bearer {key}"}

    reasons = [app.test_client().get(URL, headers=headers).get_json()["reason"] for _ in range(2)]

    assert reasons == ["DECIDED", "RATE_LIMITED"]
    assert app.test_client().get(URL).status_code == 401

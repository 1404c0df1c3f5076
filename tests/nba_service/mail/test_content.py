"""What e-mail tools get: one decision a mail, flat texts, and a default whatever goes wrong."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from nba_service.access.issuing import KeyIssuer
from nba_service.mail.calls import MailCall
from nba_service.mail.content import mail_decision_id
from nba_service.settings import Authentication, Settings
from tests.nba_service.mail.conftest import NOW, damage

ADA = "/v1/email/email?recipient=ada@example.org&message_id=m-1&consent=email"


def records(client: FlaskClient, customer: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/customers/{customer}").get_json()
    return found


def test_a_mail_is_flat_texts(client: FlaskClient) -> None:
    answer = client.get(ADA)

    assert answer.status_code == 200
    mail = answer.get_json()
    assert all(isinstance(value, str) for value in mail.values())
    assert (mail["action"], mail["title"], mail["body"]) == ("teaser", "Hello there", "Have a look.")
    assert mail["reason"] == "DECIDED"
    assert mail["click_url"].startswith("https://nba.tiny.example/c/")
    assert "ada" not in mail["decision_id"] + mail["click_url"] + mail["open_image_url"]


def test_six_fetches_of_one_mail_are_one_decision_and_one_delivery(client: FlaskClient) -> None:
    fetches = [client.get(f"{ADA}&delivered=true&part={part}") for part in ("html", "text", "amp") * 2]

    assert len({fetch.get_data() for fetch in fetches}) == 1
    held = records(client, "ada@example.org")
    assert len(held["decisions"]) == 1
    assert [outcome["outcome"] for outcome in held["outcomes"]] == ["delivered"]


def test_a_fetch_alone_is_no_delivery(client: FlaskClient) -> None:
    client.get(ADA)
    assert records(client, "ada@example.org")["decisions"][0]["delivered_at"] is None


def test_concurrent_fetches_get_the_same(client: FlaskClient) -> None:
    got: list[bytes] = []
    url = "/v1/email/email?recipient=bob&message_id=m-2&consent=email&locale="

    def fetch(locale: str) -> None:
        got.append(client.application.test_client().get(url + locale).get_data())

    threads = [threading.Thread(target=fetch, args=(locale,)) for locale in ("en", "de", "fr", "it") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 8
    assert len(set(got)) == 1
    assert len(records(client, "bob")["decisions"]) == 1


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3), st.text(max_size=3)), max_size=20))
def test_a_decision_belongs_to_one_mail_recipient_and_place(parts: list[tuple[str, str, str]]) -> None:
    ids = [
        mail_decision_id(MailCall(placement=place, recipient=who, message_id=mail), "2026-11-20")
        for mail, who, place in parts
    ]
    meant = {(mail or "2026-11-20", who, place) for mail, who, place in parts}
    assert len(set(ids)) == len(meant)


def test_without_a_message_id_the_day_stands_in(client: FlaskClient, clock: Any) -> None:
    url = "/v1/email/email?recipient=cy&consent=email"
    first = client.get(url).get_json()["decision_id"]
    clock.wait(hours=2)
    again = client.get(url).get_json()["decision_id"]
    clock.wait(days=1)
    assert first == again != client.get(url).get_json()["decision_id"]


def test_html_and_text_come_by_ending_and_by_accept(client: FlaskClient) -> None:
    html = client.get(ADA.replace("/email?", "/email.html?"))
    text = client.get(ADA.replace("/email?", "/email.txt?"))

    assert html.mimetype == "text/html"
    assert re.match(r'<table [^>]*role="presentation"[^>]*style="[^"]+"', html.text)
    assert "<style" not in html.text
    assert text.mimetype == "text/plain"
    assert text.text.startswith("Hello there\n\nHave a look.\n\nhttps://nba.tiny.example/c/")
    assert client.get(ADA, headers={"Accept": "text/html"}).data == html.data
    assert client.get(ADA, headers={"Accept": "text/html,*/*;q=0.5"}).is_json
    assert html.headers["X-NBA-Decision-Id"] == client.get(ADA).get_json()["decision_id"]


def test_a_body_brings_attributes_and_consent(client: FlaskClient) -> None:
    body = {
        "customer_id": "dora",
        "message_id": "m-3",
        "attributes": {"first_name": "Dora <3", "unknown": 1, "age": "old"},
        "consent": {"email": True, "unknown": True},
    }
    mail = client.post("/v1/email/email", json=body).get_json()

    assert mail["title"] == "Hello Dora <3"
    assert "Hello Dora &lt;3" in mail["html"]


def test_a_form_will_do(client: FlaskClient) -> None:
    form = {"recipient": "emil", "message_id": "m-4", "consent": "email"}
    assert client.post("/v1/email/email", data=form).get_json()["action"] == "teaser"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("/v1/email/nowhere?recipient=a&message_id=1", "UNKNOWN_PLACEMENT"),
        ("/v1/email/email?message_id=1", "REQUEST_INVALID"),
        ("/v1/email/email?recipient=a%20b", "REQUEST_INVALID"),
        (f"/v1/email/email?recipient=a&message_id={'x' * 300}", "REQUEST_INVALID"),
        ("/v1/email/email?recipient=a&message_id=1", "NOTHING"),  # no consent
    ],
)
def test_what_cannot_be_decided_is_the_default(client: FlaskClient, url: str, reason: str) -> None:
    answer = client.get(url)
    mail = answer.get_json()
    assert (answer.status_code, mail["reason"], mail["title"]) == (200, reason, "News")
    assert mail["click_url"] == "https://tiny.example/en"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"{" * 5_000, b'{"context": {"time": 1}}'])
def test_no_body_makes_an_error(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/v1/email/email", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["title"]) == (200, "News")


def test_a_body_beyond_all_bounds_is_the_default(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(replace(settings, max_body_bytes=1_024)).test_client()
    answer = client.post("/v1/email/email", data=b"x" * 2_000, content_type="application/json")
    assert (answer.status_code, answer.get_json()["title"]) == (200, "News")


def test_reserved_context_does_not_move_the_decision(client: FlaskClient) -> None:
    client.get(f"{ADA}&time=2020-01-01T00:00:00Z&weights=5")
    (decision,) = records(client, "ada@example.org")["decisions"]
    assert decision["decided_at"] == "2026-11-20T12:00:00Z"


def test_only_a_bad_key_is_an_error(make_app: Callable[..., flask.Flask], settings: Settings) -> None:
    app = make_app(replace(settings, authentication=Authentication.REQUIRED, rate_key_per_minute=2))
    client = app.test_client()
    _, token = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW).create(
        "mail", scopes=["decide"]
    )
    _, other = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW).create(
        "track", scopes=["track"]
    )
    basic = {"auth": ("any", token)}

    assert client.get(ADA).status_code == 401
    assert client.get(ADA, headers={"Authorization": f"Bearer {token}x"}).status_code == 401
    assert client.get(ADA, headers={"Authorization": f"Bearer {other}"}).status_code == 403
    reasons = [client.get(ADA, **basic).get_json()["reason"] for _ in range(4)]
    assert reasons == ["DECIDED", "DECIDED", "RATE_LIMITED", "RATE_LIMITED"]


def test_without_a_store_the_mail_is_whole(make_app: Callable[..., flask.Flask], settings: Settings) -> None:
    folder = Path(settings.database_url.removeprefix("sqlite:///")).parent
    client = make_app(settings).test_client()
    assert client.get(ADA).get_json()["reason"] == "DECIDED"
    client.application.extensions["nba"].store.plain.close()
    (folder / "playbook.sqlite").rename(folder / "gone.sqlite")
    (folder / "playbook.sqlite").mkdir()
    for name in ("playbook.sqlite-wal", "playbook.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)

    answer = client.get(ADA.replace("m-1", "m-9"))

    assert answer.status_code == 200
    assert answer.get_json()["title"]


def test_without_a_journey_the_texts_are_empty(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(replace(settings, journey=None)).test_client()
    answer = client.get(ADA)
    assert (answer.status_code, answer.get_json()["title"]) == (200, "")
    assert answer.get_json()["reason"] == "UNAVAILABLE"


@pytest.mark.parametrize("ending", ["", ".html", ".txt"])
def test_a_stored_decision_that_cannot_be_read_gives_the_default(
    client: FlaskClient, settings: Settings, ending: str
) -> None:
    """An error that nobody foresaw: the mail still says something, and the log says what."""
    url = ADA.replace("/email?", f"/email{ending}?")
    damage(settings, client.get(ADA).get_json()["decision_id"])
    with capture_logs() as logs:
        answer = client.get(url)

    assert answer.status_code == 200
    assert "News" in answer.text
    assert (answer.headers.get("X-NBA-Reason") or answer.get_json()["reason"]) == "UNAVAILABLE"
    assert [(one["log_level"], one["code"]) for one in logs if one["event"] == "mail_default"] == [
        ("warning", "JSONDecodeError")
    ]


def test_head_decides_nothing(client: FlaskClient) -> None:
    assert client.head(ADA).status_code == 200
    assert client.get("/v1/customers/ada@example.org").status_code == 404


def test_a_complaint_ends_personal_mails_at_the_next_call(client: FlaskClient, clock: Any) -> None:
    first = client.get(ADA).get_json()
    told = {"decision_id": first["decision_id"], "outcome": "complained"}
    assert client.post("/v1/outcomes", json={"outcomes": [{**told, "occurred_at": "2026-11-20T12:00:00Z"}]})
    clock.wait(seconds=1)

    mail = client.get(ADA.replace("m-1", "m-2")).get_json()
    assert (mail["action"], mail["reason"], mail["title"]) == ("nothing", "NOTHING", "News")
    body = {"customer_id": "ada@example.org", "channels": ["email"], "profile": {"consent": {"email": True}}}
    decided = client.post("/v1/decisions", json={**body, "explain": True}).get_json()
    assert decided["actions"][0]["action"] == "nothing"
    assert {one["code"] for one in decided["explanation"]["drop_outs"]} >= {"CONSENT_MISSING"}

    profile = {"consent": {"email": True}}
    clock.wait(days=4)
    assert client.put("/v1/customers/ada@example.org", json=profile).status_code < 300
    assert client.get(ADA.replace("m-1", "m-3")).get_json()["action"] != "nothing"


def test_an_unsubscription_of_a_call_or_stored_ends_them_too(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    path = settings.journey
    assert path is not None
    path.write_text(
        path.read_text().replace("  visit: Visit\n", "  visit: {label: Left, withdraws: [email]}\n")
    )
    client = make_app(settings).test_client()
    left = {"touchpoint": "visit", "occurred_at": "2026-11-20T11:00:00Z"}
    body = {"channels": ["email"], "profile": {"consent": {"email": True}}}

    assert client.get(ADA).get_json()["action"] == "teaser"
    told = client.post("/v1/decisions", json={**body, "customer_id": "x", "interactions": [left]}).get_json()
    assert told["actions"][0]["action"] == "nothing"
    stored = {"interactions": [{**left, "customer_id": "ada@example.org"}]}
    assert client.post("/v1/interactions", json=stored).status_code == 200
    assert client.get(ADA.replace("m-1", "m-2")).get_json()["reason"] == "NOTHING"


@pytest.fixture
def ruled(settings: Settings, make_app: Callable[..., flask.Flask]) -> FlaskClient:
    """A service whose journey file asks for numbers, flags and texts of the context."""
    path = settings.journey
    assert isinstance(path, Path)
    rules = {
        "NUM": "!has(context.num) || context.num > 5",
        "AGE": "!has(context.age) || context.age == customer.attributes.age || context.age > 5.5",
        "FLAG": "!has(context.flag) || context.flag == true",
        "BARE": "!has(context.bare) || context.bare",
        "CODE": '!has(context.code) || context.code in ["0042", "7"]',
    }
    text = path.read_text()
    assert "policies:\n" in text
    lines = "".join(
        f"  - {{code: {code}, tier: eligibility, message: m, when: '{when}'}}\n"
        for code, when in rules.items()
    )
    path.write_text(text.replace("policies:\n", f"policies:\n{lines}", 1))
    return make_app(settings).test_client()


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("num=6", "DECIDED"),
        ("num=5.5", "DECIDED"),
        ("num=5", "NOTHING"),
        ("num=-6", "NOTHING"),
        ("age=6", "DECIDED"),
        ("flag=true", "DECIDED"),
        ("flag=True", "DECIDED"),
        ("flag=false", "NOTHING"),
        ("bare=true", "DECIDED"),
        ("bare=false", "NOTHING"),
        ("code=0042", "DECIDED"),
        ("code=7", "DECIDED"),
        ("code=42", "NOTHING"),
    ],
)
def test_a_query_takes_the_types_that_the_rules_give_it(ruled: FlaskClient, query: str, reason: str) -> None:
    mail = ruled.get(f"{ADA}&{query}").get_json()

    assert (mail["reason"], "ignored" in mail) == (reason, False)


def test_a_query_that_cannot_be_read_as_the_rules_want_it_is_named(ruled: FlaskClient) -> None:
    mail = ruled.get(
        "/v1/email/email?recipient=a&num=six&flag=1&code=x&locale=?&consent=email,sms"
    ).get_json()

    assert mail["ignored"] == "locale, consent.sms, num, flag"


def test_values_of_json_keep_their_own_types(ruled: FlaskClient) -> None:
    body = {"recipient": "ada", "message_id": "m", "consent": {"email": True}, "context": {"num": "6"}}

    assert ruled.post("/v1/email/email", json=body).get_json()["reason"] == "NOTHING"


@pytest.mark.parametrize(
    ("part", "ignored"),
    [
        (b'"note": "cut \\ud83d"', "note"),
        (b'"context": {"note": "cut \\ud83d", "device": "phone"}', "note"),
        (b'"attributes": {"segment": "\\ud83d", "age": 40}', "attributes.segment"),
        (b'"locale": "\\ud83d"', "locale"),
        (b'"\\ud83d": 1', None),
    ],
)
def test_half_of_a_character_costs_its_parameter_alone(
    client: FlaskClient, part: bytes, ignored: str | None
) -> None:
    body = b'{"recipient": "ada", "message_id": "m", "consent": {"email": true}, ' + part + b"}"
    mail = client.post("/v1/email/email", data=body, content_type="application/json").get_json()

    assert (mail["reason"], mail.get("ignored")) == ("DECIDED", ignored)


@pytest.mark.parametrize("name", ["recipient", "message_id"])
def test_half_of_a_character_is_no_id(client: FlaskClient, name: str) -> None:
    values = {"recipient": '"ada"', "message_id": '"m"'} | {name: '"cut \\ud83d"'}
    body = "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"
    mail = client.post("/v1/email/email", data=body.encode(), content_type="application/json").get_json()

    assert mail["reason"] == "REQUEST_INVALID"

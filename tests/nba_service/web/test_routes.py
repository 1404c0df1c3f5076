"""The addresses of pages: files that are cached, slots, beacon and identities."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.settings import Settings
from nba_service.web.schemas import BeaconAnswer, IdentityAnswer, SlotsAnswer
from nba_service.web.script import module, script, types

Post = Callable[..., Any]


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> FlaskClient:
    return make_app(playbook_settings).test_client()


@pytest.mark.parametrize(("path", "content"), [("/nba.js", script().content), ("/nba.mjs", module().content)])
def test_the_newest_version_is_kept_for_an_hour(client: FlaskClient, path: str, content: bytes) -> None:
    plain = client.get(path)
    zipped = client.get(path, headers={"Accept-Encoding": "gzip"})

    assert plain.data == gzip.decompress(zipped.data) == content
    assert plain.headers["Cache-Control"].startswith("public, max-age=3600")
    assert (plain.headers["Access-Control-Allow-Origin"], plain.headers["Vary"]) == ("*", "Accept-Encoding")
    assert plain.headers["ETag"] != zipped.headers["ETag"]
    assert plain.content_type == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(("ending", "digest"), [("js", script().digest), ("mjs", module().digest)])
def test_a_version_is_kept_for_ever_and_another_is_not_found(
    client: FlaskClient, ending: str, digest: str
) -> None:
    found, other = client.get(f"/nba-{digest}.{ending}"), client.get(f"/nba-0000.{ending}")

    assert found.headers["Cache-Control"].endswith("immutable")
    assert (other.status_code, other.get_json()["code"]) == (404, "NOT_FOUND")


def test_an_unchanged_file_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/nba.js").headers["ETag"]

    assert client.get("/nba.js", headers={"If-None-Match": tag}).status_code == 304


def test_types_are_plain_text(client: FlaskClient) -> None:
    assert client.get("/nba.d.ts").data.decode() == (
        types().decode() if isinstance(types(), bytes) else types()
    )


def test_slots_are_filled_and_events_are_stored_first(post: Post, client: FlaskClient, visitor: str) -> None:
    event = {"id": "e-1", "type": "track", "touchpoint": "quote"}
    body = {"visitor": visitor, "visit": "visit-0001", "placements": ["banner"], "events": [event]}

    answer = post("/v1/slots", body)

    assert SlotsAnswer().load(answer.get_json())
    assert answer.get_json()["reason"] == "DECIDED"
    held = client.get(f"/v1/customers/{visitor}").get_json()
    assert [one["touchpoint"] for one in held["interactions"]] == ["quote"]
    assert len(held["decisions"]) == 1


@pytest.mark.parametrize(
    ("headers", "agent", "reason"),
    [({}, "Googlebot/2.1", "BOT"), ({"Sec_Purpose": "prefetch"}, "Mozilla", "PREFETCH")],
)
def test_crawlers_and_prefetches_get_no_slots_and_leave_no_trace(
    post: Post, client: FlaskClient, visitor: str, headers: dict[str, str], agent: str, reason: str
) -> None:
    event = {"id": "e-1", "type": "track", "touchpoint": "quote"}
    batch = {"visitor": visitor, "events": [event]}
    filled = post(
        "/v1/slots", {**batch, "visit": "visit-0001", "placements": ["banner"]}, agent=agent, **headers
    )
    reported = post("/v1/beacon", batch, agent=agent, **headers).get_json()

    assert filled.get_json() == {"slots": [], "ignored": [], "reason": reason}
    assert BeaconAnswer().load(reported)
    assert (reported["new"], reported["dropped"]) == (0, [{"id": "e-1", "code": reason}])
    assert client.get(f"/v1/customers/{visitor}").status_code == 404


def test_a_beacon_says_what_was_taken(post: Post, visitor: str) -> None:
    events = [{"id": "e-1", "type": "track", "touchpoint": "visit"}, "nonsense"]

    told = post("/v1/beacon", {"visitor": visitor, "events": events}).get_json()

    assert BeaconAnswer().load(told)
    assert (told["new"], told["known"], len(told["dropped"])) == (1, 0, 1)


def test_a_token_makes_a_visitor_a_customer(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, visitor: str
) -> None:
    from dataclasses import replace

    client = make_app(replace(playbook_settings, identity_secret="s" * 32)).test_client()

    made = client.post("/v1/identities", json={"customer_id": "c-1", "minutes": 5})
    shown = client.post("/v1/identify", json={"visitor": visitor, "token": made.get_json()["token"]})

    assert IdentityAnswer().load(made.get_json())
    assert made.get_json()["expires_at"] == "2026-11-20T12:05:00Z"
    assert shown.get_json() == {"identified": True}
    assert client.get(f"/v1/customers/{visitor}").get_json()["customer_id"] == "c-1"


def test_without_a_secret_pages_cannot_say_who_their_visitor_is(client: FlaskClient) -> None:
    refused = client.post("/v1/identities", json={"customer_id": "c-1"})

    assert (refused.status_code, refused.get_json()["code"]) == (409, "IDENTITY_OFF")

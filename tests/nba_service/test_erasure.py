"""After an erasure nothing of the person is left: in no table, no kept answer and no file of the database."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nba_service.settings import Settings

ADA = "ada-lovelace-1815"
VISITOR = "v-" + "a1" * 16


@pytest.fixture
def settings(playbook_settings: Settings) -> Settings:
    return replace(playbook_settings, identity_secret="s" * 40)


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], settings: Settings) -> FlaskClient:
    return make_app(settings).test_client()


def send(client: FlaskClient, name: str) -> TestResponse:
    """One request about Ada, as each tool makes it, with an ``Idempotency-Key``."""
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "plain": ("/v1/decisions", {"customer_id": ADA, "channels": ["web"]}),
        "gzip": ("/v1/decisions", {"customer_id": ADA, "channels": ["web"], "context": {"locale": "de"}}),
        "mail": ("/v1/email/email", {"recipient": ADA, "message_id": "m-1"}),
        "slots": ("/v1/slots", {"visitor": VISITOR, "visit": "abcdefgh12", "placements": ["banner"]}),
        "flag": ("/ofrep/v1/evaluate/flags/banner", {"context": {"targetingKey": ADA}}),
        "users": ("/action-recommendations", {"userId": ADA}),
        "alias": (f"/v1/customers/{ADA}/aliases", {"aliases": [VISITOR]}),
    }
    path, body = calls[name]
    raw = json.dumps(body).encode()
    headers = {"Idempotency-Key": f"k-{name}", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
    if name == "gzip":
        raw, headers = gzip.compress(raw, mtime=0), {**headers, "Content-Encoding": "gzip"}
    return client.post(path, data=raw, headers=headers, content_type="application/json")


ALL = ("plain", "gzip", "mail", "slots", "flag", "users", "alias")


def test_kept_answers_go_whatever_tool_asked(client: FlaskClient, settings: Settings) -> None:
    assert {name: send(client, name).status_code for name in ALL} == dict.fromkeys(ALL, 200)
    assert all("Idempotent-Replayed" in send(client, name).headers for name in ALL)

    assert client.delete(f"/v1/customers/{ADA}").status_code == 204

    assert [text for text in kept_answers(settings) if ADA in text or VISITOR in text] == []
    assert ["Idempotent-Replayed" in send(client, name).headers for name in ALL] == [False] * len(ALL)


def test_answers_about_others_stay(client: FlaskClient) -> None:
    body = {"customer_id": "bob", "channels": ["web"]}
    first, again = (
        client.post("/v1/decisions", json=body, headers={"Idempotency-Key": "k-bob"}) for _ in range(2)
    )
    client.delete(f"/v1/customers/{ADA}")
    third = client.post("/v1/decisions", json=body, headers={"Idempotency-Key": "k-bob"})

    assert first.data == again.data == third.data


def test_no_file_of_the_database_holds_the_erased(client: FlaskClient, settings: Settings) -> None:
    for name in ALL:
        send(client, name)
    client.put(f"/v1/customers/{ADA}", json={"attributes": {"first_name": "Augusta-Ada-King"}})
    visit = {"customer_id": ADA, "touchpoint": "visit", "properties": {"note": "analytical-engine"}}
    client.post("/v1/interactions", json={"interactions": [visit]})
    files = database_files(settings)
    assert any(holds(file, b"analytical-engine") for file in files), "it was there before"

    assert client.delete(f"/v1/customers/{ADA}").status_code == 204

    for secret in (ADA.encode(), VISITOR.encode(), b"Augusta-Ada-King", b"analytical-engine"):
        assert [file.name for file in database_files(settings) if holds(file, secret)] == []


def kept_answers(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as database:
        rows = database.execute("SELECT body FROM requests WHERE body IS NOT NULL").fetchall()
    return [zlib.decompress(body).decode() for (body,) in rows]


def database_files(settings: Settings) -> list[Path]:
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    return sorted(path.parent.glob(f"{path.name}*"))


def holds(file: Path, text: bytes) -> bool:
    return text in file.read_bytes()

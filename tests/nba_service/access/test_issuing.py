"""Making and revoking keys: what is stored, what is refused."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nba_service.access.issuing import KeyIssuer, KeyRefusedError
from nba_service.keys.scopes import Scope
from tests.nba_service.access.conftest import NOW

PAGE: dict[str, Any] = {"publishable": True, "origins": ["https://a.example"], "placements": ["banner"]}


def test_the_text_of_a_key_is_nowhere_in_the_store(issuer: KeyIssuer, tmp_path: Path) -> None:
    _, token = issuer.create("shop", scopes=[Scope.DECIDE])

    with sqlite3.connect(tmp_path / "playbook.sqlite") as connection:
        dump = "\n".join(connection.iterdump())

    assert "shop" in dump
    assert token not in dump
    assert token.removeprefix("nbask_") not in dump


def test_two_keys_of_a_name_live_and_a_third_waits(issuer: KeyIssuer) -> None:
    first, _ = issuer.create("shop", scopes=[Scope.DECIDE])
    second, _ = issuer.create("shop", scopes=[Scope.DECIDE])
    with pytest.raises(KeyRefusedError, match="at most one live key"):
        issuer.create("shop", scopes=[Scope.DECIDE])

    issuer.revoke(first.key_id)
    third, _ = issuer.create("shop", scopes=[Scope.DECIDE])

    live = {key.key_id for key in issuer.all() if key.revoked_at is None}
    assert live == {second.key_id, third.key_id}


def test_rotate_makes_room(issuer: KeyIssuer) -> None:
    for _ in range(5):
        newest, _ = issuer.create("demo", scopes=[Scope.DECIDE], rotate=True)

    live = [key.key_id for key in issuer.all() if key.revoked_at is None]
    assert len(live) == 2
    assert newest.key_id in live


def test_an_expired_key_does_not_count(issuer: KeyIssuer) -> None:
    later = KeyIssuer(issuer._table, lambda: NOW + timedelta(days=2))
    for _ in range(2):
        issuer.create("shop", scopes=[Scope.DECIDE], expires_at=NOW + timedelta(days=1))

    assert later.create("shop", scopes=[Scope.DECIDE])


def test_revoking_a_name_ends_all_of_it(issuer: KeyIssuer) -> None:
    for name in ("shop", "shop", "other"):
        issuer.create(name, scopes=[Scope.DECIDE])

    assert len(issuer.revoke("shop")) == 2
    with pytest.raises(KeyRefusedError, match="not revoked"):
        issuer.revoke("shop")


@pytest.mark.parametrize(
    "origin",
    [
        "https://*.example.com",
        "https://a.example/path",
        "a.example",
        "ftp://a",
        "null",
        "https://a.example?x",
        "",
    ],
)
def test_an_origin_is_scheme_and_host(issuer: KeyIssuer, origin: str) -> None:
    with pytest.raises(KeyRefusedError, match="Expected an origin"):
        issuer.create("page", **{**PAGE, "origins": [origin]})


def test_origins_are_kept_as_browsers_send_them(issuer: KeyIssuer) -> None:
    asked = ["HTTPS://A.Example:443/", "http://localhost:3000", "http://[::1]:80"]
    key, _ = issuer.create("page", **{**PAGE, "origins": asked})

    assert key.origins == ("https://a.example", "http://localhost:3000", "http://[::1]")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("no spaces please", {"scopes": [Scope.DECIDE]}),
        ("", {"scopes": [Scope.DECIDE]}),
        ("a", {}),
        ("a", {**PAGE, "scopes": [Scope.ADMIN]}),
        ("a", {**PAGE, "origins": []}),
        ("a", {**PAGE, "placements": []}),
        ("a", {"scopes": [Scope.DECIDE], "origins": ["https://a.example"]}),
        ("a", {"scopes": [Scope.DECIDE], "expires_at": NOW}),
    ],
)
def test_what_does_not_fit_is_refused(issuer: KeyIssuer, name: str, asked: dict[str, Any]) -> None:
    with pytest.raises(KeyRefusedError, match="Expected"):
        issuer.create(name, **asked)

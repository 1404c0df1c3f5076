"""A service that asks for keys, and a maker of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import flask
import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.keys.key import Key
from nba_service.settings import Authentication, Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SITE = "https://www.example.com"

MakeKey = Callable[..., tuple[Key, dict[str, str]]]


@pytest.fixture
def app(make_app: Callable[[Settings], flask.Flask], playbook_settings: Settings) -> flask.Flask:
    required = replace(playbook_settings, authentication=Authentication.REQUIRED, key_cache_seconds=0)
    return make_app(required)


@pytest.fixture
def issuer(app: flask.Flask) -> KeyIssuer:
    return KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)


@pytest.fixture
def make_key(issuer: KeyIssuer) -> MakeKey:
    """``make_key(name, scopes=..., ...)``: the key and the headers that show it."""

    def make(name: str = "test", **asked: Any) -> tuple[Key, dict[str, str]]:
        key, token = issuer.create(name, **asked)
        return key, {"Authorization": f"Bearer {token}"}

    return make


@pytest.fixture
def page_key(make_key: MakeKey) -> dict[str, str]:
    """A publishable key for the banner, with the origin it is bound to."""
    _, headers = make_key("page", publishable=True, origins=[SITE], placements=["banner"])
    return {**headers, "Origin": SITE}

"""Somebody who has signed in to the console of a small service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from models.bundle import Provenance
from models.domain.journey import Journey
from models.registry import Registry
from nba_service.access.issuing import KeyIssuer
from nba_service.console.desk import Desk
from nba_service.console.sessions import Session
from nba_service.console.wording import Words
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind
from nba_service.settings import Authentication, Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALL = (Scope.CONSOLE, Scope.READ, Scope.ADMIN, Scope.RULES)

SignIn = Callable[..., FlaskClient]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, save_tiny_bundle: Callable[..., object]) -> Path:
    """As the usual registry, with bundles that passed the gate."""
    root = tmp_path_factory.mktemp("judged")
    check = {"name": "coverage", "value": 0.9, "threshold": 0.05, "passed": True, "sentence": "Enough."}
    verdict = {"champion": "b-1", "passed": True, "checks": [{**check, "comparative": False}]}
    for name in ("b-1", "b-2"):
        provenance = Provenance(extra={"gate": verdict})
        save_tiny_bundle(root / "new" / name, bundle_id=name, provenance=provenance)
        Registry(root).add(root / "new" / name, name)
    Registry(root).promote("b-1", "first", NOW, check=lambda _: None)
    return root


@pytest.fixture
def guarded(settings: Settings) -> Settings:
    return replace(settings, authentication=Authentication.REQUIRED, key_cache_seconds=0)


@pytest.fixture
def sign_in(make_app: Callable[..., flask.Flask], guarded: Settings) -> SignIn:
    """``sign_in(scopes)``: a client of one application, signed in with a new key."""
    app = make_app(guarded)

    def enter(scopes: Sequence[Scope] = ALL, name: str = "anna") -> FlaskClient:
        issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
        _, token = issuer.create(name, scopes=scopes)
        client = app.test_client()
        answer = client.post("/console/sign-in", data={"key": token, "next": "/console"})
        assert answer.status_code == 303, answer.text
        return client

    return enter


@pytest.fixture
def make_desk(tiny_journey: Journey) -> Callable[..., Desk]:
    """``make_desk(language="de", scopes=…, journey=…, **args)``: one look at a screen, without a request."""

    def make(
        language: str = "en",
        scopes: Sequence[Scope] = ALL,
        journey: Journey | None = tiny_journey,
        **args: str,
    ) -> Desk:
        key = Key(key_id="k-1", name="anna", kind=KeyKind.SECRET, scopes=frozenset(scopes))
        return Desk(
            screen="customer",
            words=Words(language),
            args=args,
            session=Session(key, "f"),
            now=NOW,
            journey=journey,
        )

    return make

"""Readiness: strangers learn whether, operators learn why, and no question costs the store anything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import flask
import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.api.operations.store_health import StoreHealth
from nba_service.keys.scopes import Scope
from nba_service.services import Services
from nba_service.settings import Settings
from tests.nba_service.conftest import NOW

MakeApp = Callable[..., flask.Flask]


@pytest.fixture
def app(make_app: MakeApp, page_settings: Settings) -> flask.Flask:
    return make_app(page_settings)


@pytest.fixture
def parts(app: flask.Flask) -> Services:
    found: Services = app.extensions["nba"]
    return found


@pytest.fixture
def keys(parts: Services) -> dict[str, dict[str, str]]:
    issuer = KeyIssuer(parts.store.plain.keys, lambda: NOW)
    tokens = {
        "read": issuer.create("read", scopes=[Scope.READ])[1],
        "decide": issuer.create("decide", scopes=[Scope.DECIDE, Scope.RULES, Scope.ADMIN])[1],
        "page": issuer.create("page", publishable=True, origins=["https://a.example"], placements=["banner"])[
            1
        ],
    }
    return {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}


def test_strangers_learn_whether_and_no_more(app: flask.Flask, keys: dict[str, dict[str, str]]) -> None:
    client = app.test_client()
    for headers in ({}, keys["decide"], keys["page"], {"Authorization": "Bearer nonsense"}):
        answer = client.get("/readyz", headers=headers)
        assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})
    told = client.get("/readyz", headers=keys["read"]).get_json()
    assert set(told) == {"status", "bundle", "journey", "problems", "journal", "refused_bundles"}


def test_what_is_not_ready_says_so_to_everybody(make_app: MakeApp, page_settings: Settings) -> None:
    empty = make_app(replace(page_settings, journey=None))

    answer = empty.test_client().get("/readyz")

    assert (answer.status_code, answer.get_json()) == (503, {"status": "not ready"})


def test_questions_cost_the_store_and_the_journal_nothing(
    app: flask.Flask, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0.0]
    health = StoreHealth(parts.store, monotonic=lambda: moment[0])
    health.refresh()
    asked: list[str] = []
    monkeypatch.setattr(parts.store.plain, "check", lambda: asked.append("store"))
    monkeypatch.setattr(health._counter, "refresh", lambda **_: asked.append("journal"))

    assert [(health.problems, health.disks, health.depth.records) for _ in range(100)] == [((), (), 0)] * 100
    assert asked == []
    for _ in range(10):
        moment[0] += 0.1
        health.refresh()
    assert asked.count("store") <= 1


def test_a_full_disk_is_named(parts: Services, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 3 * 1_048_576))
    health = StoreHealth(parts.store, places=[("the journal", settings.journal)])
    health.refresh()

    (problem,) = health.disks
    assert problem.code == "DISK_FULL"
    assert problem.detail.startswith(f"The disk of the journal ({settings.journal}) has 3 MiB left.")


def test_rules_of_a_what_if_need_a_scope_of_their_own(app: flask.Flask, parts: Services) -> None:
    issuer = KeyIssuer(parts.store.plain.keys, lambda: NOW)
    rule = {"code": "X", "tier": "eligibility", "when": "true"}
    body = {"customer_id": "c", "changes": {"rules": {"put": [rule]}}}

    def ask(name: str, *scopes: Scope, **changed: Any) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {issuer.create(name, scopes=scopes)[1]}"}
        answer = app.test_client().post("/v1/explanations", json=body | changed, headers=headers)
        return answer.status_code, answer.get_json().get("code")

    assert ask("reader", Scope.READ) == (403, "SCOPE_MISSING")
    assert ask("other", Scope.READ, changes={"phase": "customer"}) == (200, None)
    assert ask("analyst", Scope.READ, Scope.RULES) == (200, None)
    assert ask("rules", Scope.RULES) == (403, "SCOPE_MISSING")

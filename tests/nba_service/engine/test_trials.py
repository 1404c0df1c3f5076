"""Champion and challenger: who decides for whom, and how fast a switch reaches everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import flask
import pytest

from models.bundle import read_manifest
from models.errors import RegistryError
from models.registry import Registry, Role
from nba_service.engine.trials import challenged
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


def begin(settings: Settings, role: Role, share: float | None = None) -> None:
    Registry(settings.registry).trials.begin(role, "b-2", "try", NOW, share=share, check=lambda _: None)


def bundle_of(client: flask.testing.FlaskClient, customer: str) -> str:
    answer = client.post("/v1/decisions", json={"customer_id": customer})
    found: str = answer.get_json()["bundle"]
    return found


def test_the_share_is_what_was_asked_for_and_the_same_for_a_customer_everywhere() -> None:
    sides = [challenged(f"c-{n}", "b-2", 0.1) for n in range(20_000)]
    assert sum(sides) == pytest.approx(2_000, abs=170)  # four standard deviations
    wider = [challenged(f"c-{n}", "b-2", 0.3) for n in range(20_000)]
    assert all(now for before, now in zip(sides, wider, strict=True) if before)  # a larger share only adds
    other = [challenged(f"c-{n}", "b-3", 0.1) for n in range(20_000)]
    assert sum(a and b for a, b in zip(sides, other, strict=True)) < 300  # another trial, other customers


def test_a_challenger_decides_for_its_share_and_the_answer_says_so(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    app = make_app(settings)
    client, source = app.test_client(), app.extensions["nba"].source
    customers = [f"c-{n}" for n in range(30)]
    assert {bundle_of(client, customer) for customer in customers[:3]} == {"b-1"}

    begin(settings, Role.CHALLENGER, 0.4)
    source.look()

    said = {customer: bundle_of(client, customer) for customer in customers}
    assert said == {c: "b-2" if challenged(c, "b-2", 0.4) else "b-1" for c in customers}
    assert set(said.values()) == {"b-1", "b-2"}
    listed = client.get("/v1/bundles").get_json()
    assert [(one["role"], one["bundle"], one["share"]) for one in listed["trials"]] == [
        ("challenger", "b-2", 0.4)
    ]

    Registry(settings.registry).trials.end(Role.CHALLENGER, "enough", NOW)
    source.look()
    assert {bundle_of(client, customer) for customer in customers} == {"b-1"}


def test_a_decision_of_the_challenger_is_replayed_by_it(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    app = make_app(settings)
    client = app.test_client()
    begin(settings, Role.CHALLENGER, 0.999)
    assert bundle_of(client, "c") == "b-2"  # on trial from the first request on
    answer = client.post("/v1/decisions", json={"customer_id": "c", "decision_id": "d"}).get_json()
    replay = client.get("/v1/decisions/d/replay").get_json()
    assert (answer["bundle"], replay["identical"]) == ("b-2", True)


def test_the_champion_cannot_be_on_trial_and_a_share_is_a_share(settings: Settings) -> None:
    registry = Registry(settings.registry)
    with pytest.raises(RegistryError, match="is the champion"):
        registry.trials.begin(Role.SHADOW, "b-1", "try", NOW, check=lambda _: None)
    for share in (None, 0.0, 1.0, float("nan")):
        with pytest.raises(RegistryError, match="share between 0 and 1"):
            registry.trials.begin(Role.CHALLENGER, "b-2", "try", NOW, share=share, check=lambda _: None)
    with pytest.raises(RegistryError, match="nothing to end"):
        registry.trials.end(Role.SHADOW, "enough", NOW)


def test_promote_and_roll_back_over_http(make_app: Callable[..., flask.Flask], settings: Settings) -> None:
    app = make_app(settings)
    client, source = app.test_client(), app.extensions["nba"].source
    body = {"reason": "try", "role": "challenger", "share": 0.5}
    unjudged = client.post("/v1/bundles/b-2/promote", json=body)
    assert (unjudged.status_code, unjudged.get_json()["code"]) == (409, "BUNDLE_REFUSED")
    assert "not_judged" in unjudged.get_json()["detail"], "the gate stands before trials, too"
    _judge(settings.registry / "bundles" / "b-2", champion="b-1")
    assert client.post("/v1/bundles/b-2/promote", json=body).get_json() == {
        "bundle": "b-2",
        "role": "challenger",
        "share": 0.5,
    }
    source.look()
    assert source.trials()[Role.CHALLENGER].bundle == "b-2"
    ended = client.post("/v1/bundles/b-2/rollback", json={"reason": "enough"}).get_json()
    assert ended == {"bundle": None, "role": "challenger", "share": None}

    Registry(settings.registry).promote("b-2", "better", NOW, check=lambda _: None)
    source.look()
    assert bundle_of(client, "c") == "b-2"
    back = client.post("/v1/bundles/b-2/rollback", json={"reason": "worse"}).get_json()
    assert back == {"bundle": "b-1", "role": "champion", "share": None}
    source.look()
    assert bundle_of(client, "c") == "b-1"

    assert client.post("/v1/bundles/b-9/rollback", json={"reason": "x"}).status_code == 404
    refused = client.post("/v1/bundles/b-2/rollback", json={"reason": "x"})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "BUNDLE_REFUSED")
    assert client.post("/v1/bundles/b-2/promote", json={}).status_code == 422


def _judge(bundle: Path, champion: str) -> None:
    """Have the bundle carry a verdict that it passed."""
    manifest = read_manifest(bundle)
    verdict = {"gate": {"passed": True, "champion": champion, "checks": []}}
    judged = replace(manifest, provenance=replace(manifest.provenance, extra=verdict))
    (bundle / "manifest.json").write_bytes(judged.to_bytes())

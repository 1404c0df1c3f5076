"""Which bundle decides: swaps while requests run, and a broken one changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import flask
import pytest

from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.settings import Settings
from tests.waiting import wait_until


def test_a_running_service_swaps_bundles_without_losing_a_request(
    make_app: Callable[..., flask.Flask], settings: Settings, promote: Callable[[str], None]
) -> None:
    client = make_app(settings, poll=True).test_client()
    seen: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = client.post("/v1/decisions", json={"customer_id": "c"})
            seen.append(answer.get_json()["bundle"] if answer.status_code == 200 else answer.text)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: "b-1" in seen)
    promote("b-2")
    wait_until(lambda: "b-2" in seen)
    stop.set()
    thread.join()

    assert set(seen) == {"b-1", "b-2"}
    assert sorted(seen) == seen  # once swapped, no request sees the old one again


def test_a_damaged_bundle_leaves_the_old_one_in_place_and_is_said(
    make_app: Callable[..., flask.Flask],
    settings: Settings,
    promote: Callable[[str], None],
    damage: Callable[[str], None],
) -> None:
    app = make_app(settings)
    client, source = app.test_client(), app.extensions["nba"].source
    assert client.get("/readyz").get_json()["bundle"] == "b-1"
    damage("b-2")
    promote("b-2")

    source.look()
    source.look()

    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["bundle"]) == (200, "b-1")
    assert ready.get_json()["refused_bundles"] == 1  # tried once, not at every poll
    assert "features.json" in ready.get_json()["problems"][0]["detail"]
    assert client.post("/v1/decisions", json={"customer_id": "c"}).get_json()["bundle"] == "b-1"
    promote("b-1")
    source.look()
    assert client.get("/readyz").get_json()["bundle"] == "b-1"


def test_nothing_to_decide_with_is_not_ready(tmp_path: Path) -> None:
    source = EngineSource(Settings(registry=tmp_path / "none"), poll=False)

    with pytest.raises(Problem, match="nba train") as caught:
        source.current()
    assert caught.value.kind == "NOT_READY"

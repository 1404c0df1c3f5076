"""Which bundle decides: swaps while requests run, and a broken one changes nothing."""

from __future__ import annotations

import dataclasses
import gc
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import flask
import pytest

from models.errors import BundleError, JourneyFileError
from models.registry import Registry
from nba_service.engine.child import check_in_child
from nba_service.engine.source import EngineSource, load_champion, load_serving
from nba_service.errors import Problem
from nba_service.server.gunicorn_conf import Service
from nba_service.settings import Settings


def promote(settings: Settings, bundle: str) -> None:
    now = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    Registry(settings.registry).promote(bundle, "test", now, check=lambda _: None)


def damage(settings: Settings, bundle: str) -> None:
    path = settings.registry / "bundles" / bundle / "features.json"
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_running_service_swaps_bundles_without_losing_a_request(
    make_app: Callable[..., flask.Flask], settings: Settings
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
    wait_for(lambda: "b-1" in seen)
    promote(settings, "b-2")
    wait_for(lambda: "b-2" in seen)
    stop.set()
    thread.join()

    assert set(seen) == {"b-1", "b-2"}
    assert sorted(seen) == seen  # once swapped, no request sees the old one again


def test_a_damaged_bundle_leaves_the_old_one_in_place_and_is_said(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    app = make_app(settings)
    client, source = app.test_client(), app.extensions["nba"].source
    assert client.get("/readyz").get_json()["bundle"] == "b-1"
    damage(settings, "b-2")
    promote(settings, "b-2")

    source.look()
    source.look()

    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["bundle"]) == (200, "b-1")
    assert ready.get_json()["refused_bundles"] == 1  # tried once, not at every poll
    assert "features.json" in ready.get_json()["problems"][0]["detail"]
    assert client.post("/v1/decisions", json={"customer_id": "c"}).get_json()["bundle"] == "b-1"
    promote(settings, "b-1")
    source.look()
    assert client.get("/readyz").get_json()["bundle"] == "b-1"


def test_a_worker_that_starts_with_a_damaged_champion_takes_the_one_before(settings: Settings) -> None:
    damage(settings, "b-2")
    promote(settings, "b-2")

    source = EngineSource(settings, poll=False)

    assert source.current().bundle_id == "b-1"
    assert "b-2" in source.refused


def test_a_child_that_dies_or_hangs_is_a_refused_bundle(settings: Settings) -> None:
    with pytest.raises(BundleError, match=r"within 0\.01 s"):
        check_in_child(settings, "b-1", seconds=0.01)
    with pytest.raises(BundleError, match="REGISTRY_INVALID: No bundle 'b-9'"):
        check_in_child(settings, "b-9")
    check_in_child(settings, "b-1")


def test_nothing_to_decide_with_is_not_ready(tmp_path: Path) -> None:
    source = EngineSource(Settings(registry=tmp_path / "none"), poll=False)

    with pytest.raises(Problem, match="nba train") as caught:
        source.current()
    assert caught.value.kind == "NOT_READY"


def test_a_journey_file_of_its_own_must_fit_the_bundle(
    settings: Settings, tmp_path: Path, tiny_journey_text: str
) -> None:
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text.replace("value: 10", "value: 11"))
    other = dataclasses.replace(settings, journey=path)
    offer = load_serving(other, "b-1").journey.actions[1]
    assert (offer.name, offer.value) == ("offer", 11)

    path.write_text(tiny_journey_text.replace("stranger", "unknown_visitor"))
    with pytest.raises(BundleError, match="do not fit together: the bundle was trained with the phases"):
        load_serving(other, "b-1")

    path.write_text("phases: 3")
    with pytest.raises(JourneyFileError):
        load_serving(other, "b-1")


def test_workers_share_the_champion_that_was_loaded_before_them(settings: Settings) -> None:
    found = load_champion(settings)
    assert found is not None
    assert EngineSource(settings, poll=False, champion=found).current() is found

    promote(settings, "b-2")
    assert EngineSource(settings, poll=False, champion=found).current().bundle_id == "b-2"


def test_a_shared_champion_with_another_journey_file_is_loaded_anew(
    settings: Settings, tmp_path: Path, tiny_journey_text: str
) -> None:
    """A worker that starts later, after a HUP say, reads the journey file as it is then."""
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text)
    own = dataclasses.replace(settings, journey=path)
    found = load_champion(own)
    assert found is not None
    assert EngineSource(own, poll=False, champion=found).current() is found

    path.write_text(tiny_journey_text.replace("value: 10", "value: 11"))
    assert EngineSource(own, poll=False, champion=found).current().journey.actions[1].value == 11

    path.unlink()
    with pytest.raises(JourneyFileError):
        EngineSource(own, poll=False, champion=found).current()


def test_no_champion_is_shared_where_none_loads(settings: Settings, tmp_path: Path) -> None:
    assert load_champion(dataclasses.replace(settings, registry=tmp_path / "none")) is None
    damage(settings, "b-1")
    assert load_champion(settings) is None


def test_the_service_loads_the_champion_once_for_all_workers(settings: Settings) -> None:
    service = Service(settings)
    service.share()
    gc.unfreeze()
    worker, other = (service.load().extensions["nba"].source for _ in range(2))
    try:
        assert worker.current() is other.current()
    finally:
        worker.stop()
        other.stop()


def test_the_watching_thread_starts_in_the_process_that_uses_it(settings: Settings) -> None:
    """A thread does not survive a fork: the child starts its own, and sees what is promoted after."""
    source = EngineSource(settings)
    assert source.current().bundle_id == "b-1"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child leaves by _exit
        source.current()
        watching = [t.name for t in threading.enumerate() if t.name == "nba-bundles" and t.is_alive()]
        os.write(write, str(len(watching)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    source.stop()
    assert os.read(read, 10) == b"1"

"""A process that starts while the registry is away decides with the copy of the bundle that decided last."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.registry import Registry
from nba_service.engine.local_copy import last_good
from nba_service.settings import Settings

MakeApp = Callable[..., flask.Flask]
NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


@contextmanager
def away(settings: Settings) -> Iterator[None]:
    """The registry's folder is not there."""
    elsewhere = settings.registry.with_name("elsewhere")
    settings.registry.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(settings.registry)


def decide(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/v1/decisions", json={"customer_id": "c"}).get_json()
    return found


def look(app: flask.Flask) -> None:
    app.extensions["nba"].source.current()
    app.extensions["nba"].source.look()


@pytest.fixture
def copied(make_app: MakeApp, settings: Settings) -> Settings:
    """A service has run with b-1."""
    look(make_app(settings))
    return settings


def test_a_process_that_starts_without_the_registry_takes_the_copy_and_says_so(
    make_app: MakeApp, copied: Settings
) -> None:
    app = make_app(copied)
    client = app.test_client()
    with away(copied):
        answer, ready = decide(client), client.get("/readyz")
        replayed = client.get(f"/v1/decisions/{answer['decision_id']}/replay").get_json()

    assert answer["bundle"] == "b-1"
    assert (answer["degraded"], answer["degraded_by"]) == (True, ["REGISTRY_UNAVAILABLE"])
    assert ready.status_code == 200
    assert [problem["code"] for problem in ready.get_json()["problems"]] == ["REGISTRY_UNAVAILABLE"]
    assert replayed["identical"]

    look(app)

    assert decide(client)["degraded"] is False, "the registry is back"
    assert client.get("/readyz").get_json()["problems"] == []
    assert client.get(f"/v1/decisions/{answer['decision_id']}/replay").get_json()["identical"]


def test_a_new_process_may_start(copied: Settings) -> None:
    """`nba serve` makes the same checks before it listens."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NBA_")},
        "NBA_REGISTRY": str(copied.registry),
        "NBA_JOURNAL": str(copied.journal),
        "NBA_DATABASE_URL": copied.database_url,
        "NBA_AUTHENTICATION": "off",
    }
    command = [str(Path(sys.executable).parent / "nba"), "doctor", "--json"]
    with away(copied):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    found = {entry["check"]: entry for entry in json.loads(done.stdout)}
    assert found["bundle"]["ok"], found
    assert found["bundle"]["detail"].startswith("b-1, the copy in ")


def test_the_copy_follows_the_champion_and_is_one_bundle(make_app: MakeApp, copied: Settings) -> None:
    app = make_app(copied)
    look(app)
    Registry(copied.registry).promote("b-2", "test", NOW, check=lambda _: None)

    look(app)

    root = last_good(copied).root
    assert [path.name for path in (root / "bundles").iterdir()] == ["b-2"]
    assert not (root / ".part").exists()
    with away(copied):
        assert decide(make_app(copied).test_client())["bundle"] == "b-2"


def test_a_damaged_copy_is_not_taken_and_is_made_anew(make_app: MakeApp, copied: Settings) -> None:
    file = last_good(copied).root / "bundles" / "b-1" / "features.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"!")
    with away(copied):
        answer = make_app(copied).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["problems"][0]["code"]) == (503, "NOT_READY")

    look(make_app(copied))

    assert file.read_bytes() == whole


def test_a_registry_in_which_nothing_loads_is_as_good_as_away(make_app: MakeApp, copied: Settings) -> None:
    file = copied.registry / "bundles" / "b-1" / "features.json"
    file.write_bytes(b"?")

    answer = decide(make_app(copied).test_client())

    assert (answer["bundle"], answer["degraded_by"]) == ("b-1", ["REGISTRY_UNAVAILABLE"])


def test_a_registry_that_is_there_and_has_no_champion_is_obeyed(make_app: MakeApp, copied: Settings) -> None:
    (copied.registry / "aliases" / "champion.json").unlink()

    assert make_app(copied).test_client().get("/readyz").status_code == 503


def test_a_disk_that_takes_no_copy_changes_nothing(make_app: MakeApp, settings: Settings) -> None:
    settings.journal.write_text("a file, where a folder should be")
    app = make_app(settings)

    look(app)
    look(app)

    assert decide(app.test_client())["bundle"] == "b-1"
    assert last_good(settings).bundle_id() is None


def test_registries_do_not_share_a_copy(settings: Settings, tmp_path: Path) -> None:
    other = Settings(registry=tmp_path / "other", journal=settings.journal)

    assert last_good(settings).root != last_good(other).root

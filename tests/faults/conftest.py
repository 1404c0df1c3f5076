"""A real service on a private PostgreSQL with a real bundle, to be hurt. Run with ``make test-faults``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.registry import Registry

from .postgres import Postgres, binaries, free_port

NBA = str(Path(sys.executable).parent / "nba")
STATUS = """\
  status:
    channels: [web]
    purpose: service
    value: 1
    prior: {propensity: 0.9}
    content:
      default: {en: {title: Where your order is, body: Have a look.}}
policies:
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("NBA_TEST_FAULTS"):
        return
    skip = pytest.mark.skip(reason="takes minutes and kills processes of its own: make test-faults")
    for item in items:
        if "faults" in Path(str(item.fspath)).parts:
            item.add_marker(skip)


class Victim:
    """One installation: service, store, registry, journal."""

    def __init__(self, root: Path, postgres: Postgres) -> None:
        self.root, self.postgres = root, postgres
        self.port = free_port()
        self.registry = root / "registry"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NBA_")},
            "NBA_PORT": str(self.port),
            "NBA_REGISTRY": str(self.registry),
            "NBA_DATABASE_URL": postgres.url,
            "NBA_JOURNAL": str(root / "journal"),
            "NBA_AUTHENTICATION": "off",
            "NBA_POLL_SECONDS": "0.5",
            "NBA_WORKERS": "2",
            "NBA_RATE_LIMIT": "off",
            "NBA_LOG_LEVEL": "warning",
        }
        known = subprocess.run(
            [sys.executable, "-c", "from nba_service.settings import *; print(variable_names())"],
            capture_output=True, text=True, check=True, env=os.environ,
        ).stdout  # fmt: skip
        self.env = {k: v for k, v in self.env.items() if not k.startswith("NBA_") or f"'{k}'" in known}
        self.service: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        """Start, and wait until it answers."""
        for _ in range(10):  # as whatever restarts it does: orphans of a killed master hold the port a while
            with (self.root / "serve.log").open("ab") as log:
                self.service = subprocess.Popen([NBA, "serve"], env=self.env, stdout=log, stderr=log)
            if self._begun():
                self.wait_ready()
                return
        raise AssertionError((self.root / "serve.log").read_text()[-3000:])

    def _begun(self, seconds: float = 40) -> bool:
        """Whether this process, not an orphan of the one before, has workers; False: it gave up."""
        assert self.service is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.service.poll() is not None:
                return False
            if self.workers():
                return True
            time.sleep(0.1)
        return False

    def wait_ready(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.ready() is not None:
                return
            time.sleep(0.1)
        raise AssertionError((self.root / "serve.log").read_text()[-3000:])

    def ready(self) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except OSError:
            return None

    def workers(self) -> list[int]:
        assert self.service is not None
        found = subprocess.run(
            ["pgrep", "-P", str(self.service.pid)], capture_output=True, text=True, check=False
        ).stdout
        return [int(pid) for pid in found.split()]

    def wait_stored(self, seconds: float = 60) -> None:
        """Until nothing waits in the journal."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.ready()
            if found is not None and found["journal"]["records"] == 0 and not found["problems"]:
                return
            time.sleep(0.2)
        log = (self.root / "serve.log").read_text()[-3000:]
        raise AssertionError(f"{self.ready()}\n{log}\n{self.postgres.sessions()}")

    def wait_copied(self, seconds: float = 60) -> None:
        """Until a worker has copied the bundle that decides."""
        until = time.monotonic() + seconds
        while not list((self.root / "journal").glob("bundle-*/aliases/champion.json")):
            assert time.monotonic() < until, (self.root / "serve.log").read_text()[-3000:]
            time.sleep(0.1)

    def end(self) -> int:
        if self.service is None:
            return 0
        self.service.send_signal(signal.SIGTERM)
        return self.service.wait(timeout=40)


@pytest.fixture(scope="session")
def private_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    folder = binaries()
    if folder is None:
        pytest.skip("needs the PostgreSQL binaries (initdb, pg_ctl)")
    root = Path("/var/tmp") / f"nba-faults-{os.getpid()}"  # noqa: S108 - a user who is not root must reach it
    postgres = Postgres(folder, root)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()
        subprocess.run(["rm", "-rf", str(root)], check=False)


@pytest.fixture(scope="session")
def victim(
    tmp_path_factory: pytest.TempPathFactory,
    private_postgres: Postgres,
    save_tiny_bundle: Callable[..., object],
    tiny_journey_text: str,
) -> Iterator[Victim]:
    root = tmp_path_factory.mktemp("victim")
    found = Victim(root, private_postgres)
    for name in ("b-1", "b-2"):
        save_tiny_bundle(root / "new" / name, bundle_id=name)
        Registry(found.registry).add(root / "new" / name, name)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    Registry(found.registry).promote("b-1", "first", now, check=lambda _: None)
    journey = root / "journey.yaml"  # the bundle's, and an action that is sure without the store
    journey.write_text(tiny_journey_text.replace("policies:\n", STATUS, 1))
    found.env["NBA_JOURNEY"] = str(journey)
    found.serve()
    try:
        yield found
    finally:
        assert found.end() == 0, (root / "serve.log").read_text()[-3000:]

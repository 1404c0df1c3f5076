"""A reload: the old workers answer until the new ones can."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_service.settings import Settings
from tests.waiting import wait_until

# Each worker says that it begins, and loads only once the gate is open.
SERVE = """
import os, sys
from pathlib import Path
from nba_service.cli.serve import run
from tests.waiting import wait_until

folder = Path(sys.argv[1])

def wait():
    (folder / f"begun-{os.getpid()}").touch()
    wait_until((folder / "gate").exists)

os.register_at_fork(after_in_child=wait)
run()
"""


class Service:
    """One worker behind a gate."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NBA_")},
            "PYTHONPATH": str(Path(__file__).parents[3]),  # for tests.waiting
            "NBA_DATABASE_URL": settings.database_url,
            "NBA_REGISTRY": str(settings.registry),
            "NBA_JOURNAL": str(settings.journal),
            "NBA_AUTHENTICATION": "off",
            "NBA_PORT": str(self.port),
            "NBA_WORKERS": "1",
            "NBA_GRACEFUL_SECONDS": "5",
        }
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-c", SERVE, str(folder)]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def begun(self) -> set[int]:
        return {int(path.name.removeprefix("begun-")) for path in self.folder.glob("begun-*")}

    def workers(self) -> set[int]:
        """Those that live."""
        return {pid for pid in self.begun() if Path(f"/proc/{pid}").exists()}

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body, headers = json.dumps({"customer_id": "c"}), {"Content-Type": "application/json"}
        try:
            connection.request("POST", "/v1/decisions", body, headers)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@pytest.fixture
def service(tmp_path: Path, settings: Settings) -> Iterator[Service]:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "gate").touch()
    found = Service(folder, settings)
    try:
        wait_until(found.answers)
        yield found
    finally:
        (folder / "gate").touch()
        found.process.send_signal(signal.SIGTERM)
        assert found.process.wait(timeout=60) == 0, (folder / "log").read_text()[-3000:]


def test_the_old_worker_answers_until_the_new_one_has_loaded(service: Service) -> None:
    (old,) = service.workers()
    (service.folder / "gate").unlink()

    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(service.begun()) == 2)

    assert all(service.answers() for _ in range(20)), "while the new one loads"
    assert old in service.workers()

    (service.folder / "gate").touch()
    wait_until(lambda: old not in service.workers())
    wait_until(service.answers)


def test_a_new_worker_that_dies_while_it_loads_takes_nobody_with_it(service: Service) -> None:
    (old,) = service.workers()
    (service.folder / "gate").unlink()
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(service.begun()) == 2)

    os.kill((service.begun() - {old}).pop(), signal.SIGKILL)

    assert all(service.answers() for _ in range(20))
    assert service.process.poll() is None

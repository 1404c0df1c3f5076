"""Counts of several processes: added up, kept when a worker dies, gone when the run has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from nba_service.settings import Settings
from nba_service.telemetry.shared_files import PREFIX, RUN_LOCK, VARIABLE, prepare_directory
from tests.waiting import wait_until

NBA = str(Path(sys.executable).parent / "nba")


def test_directories_of_ended_runs_are_cleared_and_others_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = tmp_path / f"{PREFIX}ended"
    ended.mkdir()
    (ended / RUN_LOCK).touch()
    (tmp_path / "something-else").mkdir()
    monkeypatch.setenv(VARIABLE, "")
    first = prepare_directory(tmp_path)
    second = prepare_directory(tmp_path)

    assert first != second
    assert first.is_dir()
    assert not ended.exists()
    assert (tmp_path / "something-else").is_dir()
    assert os.environ[VARIABLE] == str(second)


def test_a_real_service_adds_up_its_workers_and_outlives_one(
    settings: Settings, tmp_path: Path, free_port: int
) -> None:
    """Two workers, one killed: no count is lost, and no file of the dead is left; at the end nothing is."""
    url = f"http://127.0.0.1:{free_port}"
    own = {
        "NBA_PORT": str(free_port),
        "NBA_REGISTRY": str(settings.registry),
        "NBA_DATABASE_URL": settings.database_url,
        "NBA_WORKERS": "2",
        "NBA_THREADS": "1",
        "NBA_AUTHENTICATION": "off",
    }
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith(("NBA_", VARIABLE))}, **own}
    log = tmp_path / "log"
    with log.open("wb") as stream:
        service = subprocess.Popen([NBA, "serve"], env=environment, stderr=stream, cwd=tmp_path)
        try:
            wait_until(lambda: service.poll() is None and ok(f"{url}/readyz"))
            for number in range(20):
                requests.post(f"{url}/v1/decisions", json={"customer_id": f"c-{number}"}, timeout=10)
            directory, worker = directory_of(service.pid), children(service.pid)[0]
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: worker not in children(service.pid) and len(children(service.pid)) == 2)
            wait_until(lambda: not list(directory.glob(f"*_{worker}.db")))
            text = requests.get(f"{url}/metrics", timeout=10).text
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(timeout=20)

    counted = [
        float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith("nba_decisions_total{")
    ]
    assert sum(counted) == 20
    assert not directory.exists()
    assert all(line.startswith("{") for line in log.read_text().splitlines() if "worker" in line.lower())
    assert "c-7" not in log.read_text()


def ok(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def directory_of(pid: int) -> Path:
    """The run's directory, by the lock that the master holds."""
    held = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    [lock] = {target for target in held if target.endswith(RUN_LOCK)}
    return Path(lock).parent

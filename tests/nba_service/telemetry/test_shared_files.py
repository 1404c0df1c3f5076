"""Counts of several processes: added up, kept when a worker dies, gone when the run has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import requests

from nba_service.settings import Settings
from nba_service.telemetry.dead_workers import DEAD, bury
from nba_service.telemetry.drift_files import DriftCounts, drift_file, drift_files, read_counts
from nba_service.telemetry.shared_files import PREFIX, RUN_LOCK, VARIABLE, prepare_directory

WORKER = """
import sys
from pathlib import Path
from nba_service.telemetry.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]))
metrics.degraded("slow")
metrics.request("GET", "/x", 200, 0.003)
metrics.bundle_loaded("b-1", None)
print(__import__("os").getpid())
"""
NBA = str(Path(sys.executable).parent / "nba")


def run_worker(directory: Path) -> int:
    """Count in a process of its own; its id."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(directory)],
        env={**os.environ, VARIABLE: str(directory)},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def scraped(directory: Path) -> str:
    """What a worker of this run answers."""
    code = (
        "import sys; from pathlib import Path; from nba_service.telemetry.metrics import Metrics\n"
        "print(Metrics(Path(sys.argv[1])).scraped().decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(directory)],
        env={**os.environ, VARIABLE: str(directory)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_dead_are_counted_and_leave_one_file_of_each_kind(tmp_path: Path) -> None:
    pids = [run_worker(tmp_path) for _ in range(2)]
    for pid in pids:
        bury(tmp_path, pid)
        bury(tmp_path, pid)  # twice is once

    text = scraped(tmp_path)
    assert 'nba_degraded_total{reason="slow"} 2.0' in text
    assert 'nba_request_seconds_count{method="GET",route="/x",status="200"} 2.0' in text
    assert 'nba_request_seconds_bucket{le="0.005",method="GET",route="/x",status="200"} 2.0' in text
    assert 'nba_bundle_serving{bundle="b-1"}' not in text
    assert {path.name for path in tmp_path.glob(f"*_{DEAD}.db")} == {"counter_0.db", "histogram_0.db"}
    assert not [path for pid in pids for path in tmp_path.glob(f"*_{pid}.db")]


def test_counts_of_a_population_halve_and_survive_their_process(tmp_path: Path) -> None:
    """At 0 s one, at 100 s one, half-life 100 s: at 200 s they weigh 1/4 and 1/2; another of 100 s 1/2."""
    own, dying = (DriftCounts(drift_file(tmp_path, "b-1", pid), (1, 3), 100.0) for pid in (11, 12))
    place = np.array([1])
    own.add(place, 1_000.0)
    own.add(place, 1_100.0)
    dying.add(place, 1_100.0)

    before = sum(read_counts(file, (1, 3), 1_200.0) for file in drift_files(tmp_path, "b-1"))
    bury(tmp_path, 12)
    after = sum(read_counts(file, (1, 3), 1_200.0) for file in drift_files(tmp_path, "b-1"))

    np.testing.assert_allclose(before, [[0.0, 1.25, 0.0]])
    np.testing.assert_allclose(after, before)
    assert not list(tmp_path.glob("*~12.bin"))


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
            wait_for(lambda: service.poll() is None and ok(f"{url}/readyz"))
            for number in range(20):
                requests.post(f"{url}/v1/decisions", json={"customer_id": f"c-{number}"}, timeout=10)
            directory, worker = directory_of(service.pid), children(service.pid)[0]
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda: worker not in children(service.pid) and len(children(service.pid)) == 2)
            wait_for(lambda: not list(directory.glob(f"*_{worker}.db")))
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


def wait_for(holds: object) -> None:
    for _ in range(400):
        if holds():  # type: ignore[operator]
            return
        time.sleep(0.1)
    pytest.fail("it did not come about within 40 s")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def directory_of(pid: int) -> Path:
    """The run's directory, by the lock that the master holds."""
    held = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    [lock] = {target for target in held if target.endswith(RUN_LOCK)}
    return Path(lock).parent

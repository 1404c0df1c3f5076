"""The counts of workers that have died are kept, in one file of each kind, and theirs are removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from nba_service.telemetry.dead_workers import DEAD, bury
from nba_service.telemetry.drift_files import DriftCounts, drift_file
from nba_service.telemetry.shared_files import VARIABLE

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


def test_a_worker_that_counted_nothing_leaves_nothing(tmp_path: Path) -> None:
    bury(tmp_path, 4_711)

    assert not list(tmp_path.glob("*.db"))


def test_the_living_keep_their_files(tmp_path: Path) -> None:
    for pid in (11, 12):
        DriftCounts(drift_file(tmp_path, "b-1", pid), (1, 2), 100.0).add(np.array([0]), 1_000.0)
        (tmp_path / f"gauge_livesum_{pid}.db").touch()

    bury(tmp_path, 11)

    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["gauge_livesum_12.db"]
    assert drift_file(tmp_path, "b-1", 12).exists()
    assert drift_file(tmp_path, "b-1", DEAD).exists()

"""Servers to measure: started, waited for and ended; their CPU and memory from ``/proc``."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.service.world import fill
from nba_service.settings import Authentication, Durability, Settings

TICK: Final = os.sysconf("SC_CLK_TCK")


@contextmanager
def started(root: Path, name: str, workers: int) -> Iterator[tuple[int, int, float]]:
    """Port, process id of the gunicorn master, and seconds to the first answer."""
    port, environment = free_port(), dict(os.environ)
    command = [sys.executable, "-m", "benchmarks.service.rivals", name, str(port), str(workers)]
    command.append(str(root / "registry"))
    if name in ("async", "flush", "commit"):
        settings = service_settings(root, name)
        fill(settings)
        command = [sys.executable, "-c", "from nba_service.cli import main; main()", "serve"]
        environment |= {
            "NBA_DATABASE_URL": settings.database_url, "NBA_REGISTRY": str(settings.registry),
            "NBA_PORT": str(port), "NBA_WORKERS": str(workers), "NBA_DURABILITY": name,
            "NBA_AUTHENTICATION": "off", "NBA_RATE_ADDRESS_PER_MINUTE": "10000000",
            "NBA_WEB_DEADLINE_MS": "5000",
        }  # fmt: skip
    begun = time.monotonic()
    with (root / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        start_s = first_answer(port, process, root / f"{name}.log") - begun
        yield port, process.pid, start_s
    finally:
        process.terminate()
        process.wait(30)


def service_settings(root: Path, durability: str) -> Settings:
    return Settings(
        database_url=f"sqlite:///{root}/{durability}.sqlite",
        registry=root / "registry",
        durability=Durability(durability),
        authentication=Authentication.OFF,
        log_level="error",
    )


def first_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> float:
    """When the server first answered a decision; monotonic seconds."""
    body = json.dumps({"customer_id": "c-1"})
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json"})
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise RuntimeError(f"the server ended with {process.returncode}:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_s(master: int) -> float:
    """User and system seconds of the workers so far."""
    spent = 0
    for pid in children(master):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / TICK


def pss_mb(pid: int) -> float:
    """Memory of a process, what it shares divided by those who share it."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return 0.0 if found is None else int(found[1]) / 1024

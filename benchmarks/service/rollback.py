"""How long after ``nba rollback`` returns an answer still carries the bundle that was taken back.

    python -m benchmarks.service.rollback [--rounds 10] [--callers 4] [--watch 12]

``nba serve`` with two workers, SQLite and the settings it comes with (a look at the registry every two
seconds, the bundle tried in a process of its own before it is taken). Callers ask for decisions without a
pause, each over a connection of its own, so that every worker is asked again and again. Per round: the other
bundle is promoted, and once no answer for three seconds carried another, ``nba rollback`` is run and the last
answer with the bundle of before is looked for, for ``watch`` seconds. The aim: ten seconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.service.world import publish
from models.registry import Registry

NBA: Final = str(Path(sys.executable).parent / "nba")
CALM_SECONDS: Final = 3.0
OLD: Final = "other"


class Callers:
    """Threads that ask until ``end``; ``seen``: when each answer came (monotonic) and its bundle."""

    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.seen: list[tuple[float, str]] = []
        self.failed = 0
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(number)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, bundle: str) -> None:
        """Until every answer of the last seconds carried it."""
        while True:
            time.sleep(0.1)
            since = time.monotonic() - CALM_SECONDS
            late = [name for at, name in self.seen if at >= since]
            if late and set(late) == {bundle}:
                return

    def _ask(self, number: int) -> None:
        asked = 0
        while not self._stop.is_set():
            asked += 1
            body = json.dumps({"customer_id": f"c-{number}-{asked % 500}"})
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                found = json.loads(answer.read())
                if answer.status == 200:
                    self.seen.append((time.monotonic(), found["bundle"]))
                else:
                    self.failed += 1
            except OSError:
                self.failed += 1
            finally:
                connection.close()


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        publish(root / "registry", OLD)
        with served(root) as port:
            callers = Callers(port, arguments.callers)
            try:
                rounds = [
                    one_round(root / "registry", callers, arguments.watch) for _ in range(arguments.rounds)
                ]
            finally:
                callers.end()
    print("seconds until no answer carried the old bundle:", " ".join(f"{one:.2f}" for one in rounds))
    print(
        f"median {statistics.median(rounds):.2f}, {min(rounds):.2f} to {max(rounds):.2f};"
        f" {len(callers.seen)} answers, {callers.failed} failed requests; load {os.getloadavg()[0]:.1f}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--watch", type=float, default=12.0, help="seconds to look for old answers")
    return parser.parse_args()


def one_round(registry: Path, callers: Callers, watch_seconds: float) -> float:
    """Seconds from the return of ``nba rollback`` to the last answer with the bundle taken back."""
    Registry(registry).promote(OLD, "benchmark", datetime.now(UTC))
    callers.wait_for(OLD)
    command = [NBA, "rollback", "--reason", "benchmark", "--registry", str(registry)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    returned = time.monotonic()
    time.sleep(watch_seconds)
    callers.wait_for("benchmark")
    return max((at - returned for at, bundle in callers.seen if bundle == OLD), default=0.0)


@contextmanager
def served(root: Path) -> Iterator[int]:
    """A service with two workers; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NBA_")},
        "NBA_PORT": str(port),
        "NBA_WORKERS": "2",
        "NBA_REGISTRY": str(root / "registry"),
        "NBA_JOURNAL": str(root / "journal"),
        "NBA_DATABASE_URL": f"sqlite:///{root}/nba.sqlite",
        "NBA_AUTHENTICATION": "off",
        "NBA_LOG_LEVEL": "warning",
    }
    with (root / "serve.log").open("wb") as log:
        service = subprocess.Popen([NBA, "serve"], env=environment, stdout=log, stderr=log)
    try:
        while not _answers(port):
            if service.poll() is not None:
                sys.exit((root / "serve.log").read_text()[-2000:])
            time.sleep(0.1)
        yield port
    finally:
        service.terminate()
        service.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()

"""Ten times what the service can do, in an open loop over real sockets, and what becomes of each request.

    python -m benchmarks.service.overload [--seconds 30] [--times 10] [--workers 2] [--deadline 200]

``nba serve`` with SQLite and its own deadlines. First wrk finds the capacity: eight connections that ask
again as soon as they are answered. Then requests come at ``times`` that rate, each over a connection of its
own and whatever became of the ones before (``open_loop``), while somebody asks ``/healthz`` four times a
second. Then decisions are asked for one after the other until ten in a row are whole and in time.

The aims: the 99th percentile of what is answered stays below two deadlines, health is always green, and the
service has recovered two seconds after the end. The generator shares the machine with the service, so the
rate that was really offered is stated.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.service.load import load
from benchmarks.service.open_loop import Offered, offer
from benchmarks.service.servers import Started, started
from benchmarks.service.world import CUSTOMERS, NOON, publish

HEALTH_SECONDS: Final = 0.25
IN_A_ROW: Final = 10


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        publish(root / "registry")
        with started(root, "flush", arguments.workers, deadline_ms=arguments.deadline) as server:
            load(root, server.port, "warm", 3, key=server.key)
            full = load(root, server.port, "full", 5, key=server.key)
            capacity = full.requests / full.seconds
            with watched(server.port) as health:
                offered = in_processes(server, capacity * arguments.times, arguments.seconds)
            recovered = recovery(server, arguments.deadline / 1000)
    show(capacity, offered, health, recovered, arguments)


def in_processes(server: Started, rate: float, seconds: float, processes: int = 2) -> Offered:
    """What became of all requests; several processes offer their share of them each."""
    with ProcessPoolExecutor(processes) as pool:
        shares = [
            pool.submit(offer, server.port, server.key or "", rate / processes, seconds, bodies())
            for _ in range(processes)
        ]
        return Offered.of_all(share.result() for share in shares)


def bodies(number: int = 2_000) -> list[bytes]:
    """Requests to choose from, each about another customer."""
    moment = NOON.isoformat().replace("+00:00", "Z")
    return [
        json.dumps(
            {
                "customer_id": f"c-{n * 7 % CUSTOMERS}",
                "context": {"locale": "de-AT", "device": "mobile", "time": moment},
            }
        ).encode()
        for n in range(number)
    ]


@dataclass(slots=True)
class Health:
    """What ``/healthz`` said, and after how many seconds."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def watched(port: int) -> Iterator[Health]:
    """Ask for health all the while."""
    health, stop = Health(), threading.Event()

    def ask() -> None:
        while not stop.wait(HEALTH_SECONDS):
            status, seconds, _ = answered(port, "GET", "/healthz")
            health.statuses.append(status)
            health.seconds.append(seconds)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield health
    finally:
        stop.set()
        thread.join()


def answered(
    port: int, method: str, path: str, body: bytes | None = None, key: str | None = None
) -> tuple[int, float, bytes]:
    """Status (0: none came), seconds and body."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, time.monotonic() - begun, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - begun, b""
    finally:
        connection.close()


def recovery(server: Started, deadline: float) -> float:
    """Seconds after the load until the first of ten decisions in a row that are whole and in time."""
    begun = since = time.monotonic()
    good, asked = 0, bodies(IN_A_ROW)
    while good < IN_A_ROW and time.monotonic() < begun + 60:
        at = time.monotonic()
        status, seconds, body = answered(server.port, "POST", "/v1/decisions", asked[good], server.key)
        if status == 200 and seconds <= deadline and not json.loads(body)["degraded_by"]:
            since = at if good == 0 else since
            good += 1
        else:
            good = 0
    return since - begun if good == IN_A_ROW else float("inf")


def show(
    capacity: float, offered: Offered, health: Health, recovered: float, arguments: argparse.Namespace
) -> None:
    """A line for each outcome, then the aims."""
    total = sum(len(seconds) for seconds in offered.seconds.values())
    print(f"capacity {capacity:.0f}/s, offered {total / arguments.seconds:.0f}/s for {arguments.seconds} s")
    print(f"{'outcome':<24}{'requests':>9}{'share':>8}{'p50 ms':>8}{'p99 ms':>8}{'longest':>9}")
    for outcome, seconds in sorted(offered.seconds.items(), key=lambda item: -len(item[1])):
        p50, p99 = (1000 * percentile(seconds, share) for share in (0.5, 0.99))
        longest = 1000 * max(seconds)
        print(
            f"{outcome:<24}{len(seconds):>9}{len(seconds) / total:>8.1%}{p50:>8.0f}{p99:>8.0f}{longest:>9.0f}"
        )
    whole = [s for outcome, found in offered.seconds.items() if outcome.startswith("200") for s in found]
    print(f"p99 of what was answered: {1000 * percentile(whole, 0.99):.0f} ms")
    print(f"answered a second: {len(whole) / arguments.seconds:.0f}")
    green = health.statuses.count(200)
    slowest = max(health.seconds, default=0.0)
    print(f"health green: {green} of {len(health.statuses)}, slowest {slowest * 1000:.0f} ms")
    print(f"recovered after {recovered:.2f} s")


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000)[round(share * 1000) - 1] if len(values) > 1 else float("nan")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--times", type=float, default=10, help="the capacity")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--deadline", type=int, default=200, help="ms, NBA_WEB_DEADLINE_MS")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""How long each page of the console takes over a store of 520,000 decisions.

    python examples/solar/demo.py --once          # once: the store, a bundle and rollups, in var/demo
    python -m benchmarks.console [--root var/demo] [--rounds 3]

Each page is asked for first with nothing computed yet (another period each round, so that no answer is kept),
then again as it is. CPU of this process and wall time, medians of the rounds; the process is warm.
"""

# ruff: noqa: E402
from __future__ import annotations

from nba_service.process.thread_limits import limit_library_threads

limit_library_threads()  # as the service does, before anything that computes is loaded

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient

from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app
from nba_service.clock import system_clock
from nba_service.console import screens
from nba_service.keys.scopes import Scope
from nba_service.settings import Settings

PAGES = [name for _, entries in screens.MENU for name, _ in entries if name not in ("rehearsal",)]
SCOPES = [Scope.CONSOLE, Scope.READ, Scope.ADMIN, Scope.RULES]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path("var/demo"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as journal:
        settings = Settings(
            database_url=f"sqlite:///{given.root / 'nba.sqlite'}",
            registry=given.root / "registry",
            journal=Path(journal),
            rollup_minutes=0,
            key_cache_seconds=600,
        )
        app = create_app(settings, poll=False)
        services = app.extensions["nba"]
        services.store.plain.migrate()
        client = signed_in(app.test_client(), services)
        newest = services.measures.age().rolled_up_at
        print(f"rolled up: {newest}")
        someone = services.store.plain.overview.newest_decisions(1)[0].customer_id
        print(f"{'page':<12} {'first: CPU':>11} {'wall':>7} {'again: CPU':>11} {'wall':>7} {'kB':>6}")
        client.get("/console")  # templates and words are loaded
        for name in PAGES:
            measured = [page(client, address(name, someone, turn, newest)) for turn in range(given.rounds)]
            cells = [median(column) for column in zip(*measured, strict=True)]
            first_cpu, first, again_cpu, again, size = cells
            print(
                f"{name:<12} {first_cpu:>8.0f} ms {first:>4.0f} ms {again_cpu:>8.0f} ms {again:>4.0f} ms"
                f" {size / 1000:>6.1f}"
            )
        services.stop()


def signed_in(client: FlaskClient, services: object) -> FlaskClient:
    """A client with a console session of a new key."""
    store = services.store.plain  # type: ignore[attr-defined]
    _, token = KeyIssuer(store.keys, system_clock).create(f"benchmark-{time.time_ns()}", scopes=SCOPES)
    answer = client.post("/console/sign-in", data={"key": token, "next": "/console"})
    assert answer.status_code == 303, answer.text
    return client


def address(name: str, customer: str, turn: int, newest: object) -> str:
    """The page with 28 days that end a day earlier each turn."""
    if name == "start":
        return "/console"
    if name == "customer":
        return f"/console/customer?id={customer}"
    until = (newest.date() - timedelta(days=turn)).isoformat()  # type: ignore[attr-defined]
    return f"/console/{name}?until={until}"


def page(client: FlaskClient, where: str) -> tuple[float, float, float, float, float]:
    """CPU and wall time of the first and the second look (ms), and the size of the page."""
    found = []
    size = 0
    for _ in range(2):
        cpu, wall = time.process_time(), time.monotonic()
        answer = client.get(where)
        found += [1000 * (time.process_time() - cpu), 1000 * (time.monotonic() - wall)]
        assert answer.status_code == 200, answer.text[:500]
        size = len(answer.data)
    return (found[0], found[1], found[2], found[3], float(size))


if __name__ == "__main__":
    main()

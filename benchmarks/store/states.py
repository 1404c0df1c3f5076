"""What kept states save a decision, and how its cost grows with the customer's past.

    python -m benchmarks.store.states [--events 10 100 1000 10000] [--rounds 5]

SQLite with ``NBA_DURABILITY=flush``; the solar company's journey file without a bundle. Per size: read and
build the situation from rows, as before, and from the kept state; decide in process; store one more event.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from models.domain.history import DAY_MS, from_ms
from models.journey_file import parse_journey
from models.policy.decide import decide
from models.policy.engine import Engine
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.request_builder import build_request
from nba_service.engine.loading import NO_BUNDLE
from nba_service.engine.serving import Serving
from nba_service.settings import Durability
from nba_service.store.rows import CustomerRow, InteractionRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore

NOW = 1_795_000_000_000
YEAR_MS = 365 * DAY_MS
EVERYTHING = 2**31 - 1
JOURNEY = Path(__file__).parents[2] / "examples" / "solar" / "journey.yaml"
TOUCHPOINTS = ("website_visit", "email_opened", "savings_calculator", "portal_login", "newsletter_click")


def event(size: int, number: int, at: int) -> InteractionRow:
    return InteractionRow(
        interaction_id=f"{size}-{number}", customer_id=f"c{size}", occurred_at=at,
        touchpoint=TOUCHPOINTS[number % len(TOUCHPOINTS)], channel="website",
    )  # fmt: skip


def fill(store: SqlStore, size: int) -> None:
    """A customer whose events are spread over the last year."""
    store.put_customers([CustomerRow(customer_id=f"c{size}", consent={"email": True}, updated_at=1)])
    rows = [event(size, n, NOW - YEAR_MS + (n + 1) * (YEAR_MS // (size + 2))) for n in range(size)]
    for first in range(0, size, 500):
        store.add_interactions(rows[first : first + 500])


def cost(work: Callable[[], object], repeats: int) -> float:
    """CPU µs a call."""
    before = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - before) / repeats * 1e6


def calls(store: SqlStore, serving: Serving, size: int) -> dict[str, Callable[[], object]]:
    engine, call = serving.engine, DecisionCall(customer_id=f"c{size}")
    numbers = iter(range(size, 10**9))

    def from_rows() -> object:
        stored = store.state(f"c{size}", NOW, EVERYTHING)
        request = build_request(serving.names, call, stored, decision_id="d", decided_at=from_ms(NOW))
        return engine.situate(request)

    def kept() -> object:
        stored = store.past(f"c{size}")
        return build_request(serving.names, call, stored, decision_id="d", decided_at=from_ms(NOW))

    def situate() -> object:
        return engine.situate(kept())  # type: ignore[arg-type]

    def decided() -> object:
        return decide(engine, kept())  # type: ignore[arg-type]

    def write() -> object:
        number = next(numbers)
        return store.add_interactions([event(size, number, NOW - 1_000 + number % 1_000)])

    return {
        "read and situate, from rows": from_rows,
        "read and situate, kept": situate,
        "read, situate and decide, kept": decided,
        "store one more event": write,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    serving = Serving.of(Engine(parse_journey(JOURNEY.read_bytes(), str(JOURNEY)), None, NO_BUNDLE))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/nba.sqlite"
        store = SqlStore(Database(url, durability=Durability.FLUSH, timeout_ms=5_000))
        store.migrate()
        for size in arguments.events:
            fill(store, size)
            repeats = max(5, 300 // (1 + size // 100))
            found: dict[str, list[float]] = {}
            for _ in range(arguments.rounds):
                for name, work in calls(store, serving, size).items():
                    found.setdefault(name, []).append(cost(work, repeats))
            for name, values in found.items():
                spread = f"{min(values):.0f} to {max(values):.0f}"
                print(f"{size:>6} events  {name:<32} {median(values):>8.0f} µs CPU ({spread})")
        store.close()


if __name__ == "__main__":
    main()

"""What exact contact limits cost: the store's share of a decision, contention for one customer, a batch.

``python -m benchmarks.store.limits [DATABASE_URL]``; a throw-away SQLite with ``NBA_DURABILITY=flush`` if
left out. Decisions come from the solar company's playbook, so that the store is what is measured.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.services import Services, make_services
from nba_service.settings import Authentication, Durability, Settings
from nba_service.store.rows import Claim, DecisionRow

JOURNEY = Path(__file__).resolve().parents[2] / "examples" / "solar" / "journey.yaml"
CONSENT = {"email": True, "personalization": True}


def row(name: str, customer: str) -> DecisionRow:
    texts = dict.fromkeys(("context", "policy", "arm"))
    return DecisionRow(
        decision_id=name, customer_id=customer, decided_at=1_000, delivered_at=1_000, action="guide",
        channel="email", action_probability=0.5, contacts=(("guide", "email"),), candidates="[]" * 2_000,
        bundle="b", request="{}", answer="{}" * 1_000, state=b"x" * 500, **texts,
    )  # fmt: skip


def each(repeats: int, work: Callable[[int], object]) -> list[float]:
    """Microseconds of CPU, of this thread, per call."""
    found = []
    for number in range(repeats):
        begun = time.thread_time_ns()
        work(number)
        found.append((time.thread_time_ns() - begun) / 1000)
    return found


def shown(name: str, values: list[float], unit: str = "µs CPU") -> None:
    low, middle, high = statistics.quantiles(values, n=4)
    sys.stdout.write(f"{name:<58} {middle:9.0f} {unit}  (quartiles {low:.0f} to {high:.0f})\n")


def store_share(parts: Services) -> None:
    store = parts.store
    shown("state of a customer without a past", each(600, lambda n: store.state(f"s-{n}", 2_000, 2_000)))
    shown("store a decision, no claim", each(600, lambda n: store.add_decisions([row(f"a-{n}", f"a-{n}")])))

    def claimed(n: int) -> None:
        store.add_decisions([row(f"b-{n}", f"b-{n}")], {f"b-{n}": Claim(version=0)})

    shown("store a decision, claiming the person's version", each(600, claimed))
    shown("state of a customer with one contact", each(600, lambda n: store.state(f"b-{n}", 2_000, 2_000)))


def contention(parts: Services, customers: int, threads: int = 8, repeats: int = 25) -> None:
    """Wall time of a decision when every thread asks about the same few customers."""
    times: list[float] = []
    run = f"{customers}-{time.monotonic_ns()}"

    def work(thread: int) -> None:
        for _ in range(repeats):
            call = DecisionCall(
                customer_id=f"{run}-{thread % customers}",
                phase="active_evaluation",
                channels=("website",),
                profile=Profile(consent=CONSENT),
            )
            begun = time.perf_counter()
            parts.decisions.decide([call])
            times.append((time.perf_counter() - begun) * 1e6)

    running = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    shown(f"decide, {threads} threads on {customers} customer{'s' * (customers > 1)}", times, "µs wall")


def batch(parts: Services, people: int) -> None:
    run = f"batch-{people}-{time.monotonic_ns()}"
    calls = [
        DecisionCall(customer_id=f"{run}-{n % people}", phase="active_evaluation", channels=("website",))
        for n in range(500)
    ]
    begun = time.perf_counter()
    parts.decisions.decide(calls, batch=True)
    seconds = time.perf_counter() - begun
    sys.stdout.write(f"{f'batch of 500 about {people} people':<58} {seconds * 2:9.1f} ms wall a decision\n")


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = arguments[0] if arguments else f"sqlite:///{folder}/nba.sqlite"
        settings = Settings(
            database_url=url,
            registry=Path(folder) / "none",
            journey=JOURNEY,
            durability=Durability.FLUSH,
            database_timeout_ms=60_000,
            authentication=Authentication.OFF,
            threads=8,
        )
        parts = make_services(settings, poll=False)
        parts.store.plain.migrate()
        store_share(parts)
        contention(parts, customers=8)
        contention(parts, customers=1)
        batch(parts, people=500)
        batch(parts, people=5)
        parts.store.close()


if __name__ == "__main__":
    main(sys.argv[1:])

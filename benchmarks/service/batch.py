"""Decisions a CPU second in batches of 1,000, stored, beside the same one by one.

    python -m benchmarks.service.batch --rounds 3

The world of ``world.py`` in a throw-away SQLite, in process: state, decision, content, row, all of it. CPU
time of the whole process, so that writing threads count; the two take turns.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.service.world import CUSTOMERS, NOON, fill, publish
from nba_service.decisions.calls import DecisionCall
from nba_service.services import Services, make_services
from nba_service.settings import Authentication, Durability, Settings

BATCH = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=BATCH)
    parser.add_argument("--world", type=Path, help="keep bundle and customers here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.world or Path(folder)
        settings = Settings(
            database_url=f"sqlite:///{root}/nba.sqlite",
            registry=root / "registry",
            journal=Path(folder) / "journal",
            durability=Durability.FLUSH,
            authentication=Authentication.OFF,
            log_level="error",
            web_deadline_ms=60_000,
            request_timeout_seconds=240,
        )
        publish(root / "registry")
        fill(settings)
        parts = make_services(settings, poll=False)
        parts.source.current()
        gc.collect()
        gc.freeze()  # as a worker does before its first request
        rates = measured(parts, arguments.rounds, arguments.size)
        parts.store.close()
    for name, values in rates.items():
        spread = f"{min(values):.0f} to {max(values):.0f}"
        print(f"{name:<28} {np.median(values):8.0f} decisions a CPU second ({spread})")


def measured(parts: Services, rounds: int, size: int) -> dict[str, list[float]]:
    """Decisions a CPU second, by way; the first round warms up."""
    rates: dict[str, list[float]] = {}
    for number in range(-1, rounds):
        for name, chunk in (("one by one", 1), (f"batches of {size:,}", size)):
            calls = [call(n % CUSTOMERS, number) for n in range(min(size, 300) if chunk == 1 else size)]
            before = time.process_time()
            for first in range(0, len(calls), chunk):
                decided(parts, calls[first : first + chunk])
            if number >= 0:
                rates.setdefault(name, []).append(len(calls) / (time.process_time() - before))
    return rates


def call(customer: int, number: int) -> DecisionCall:
    """At another minute each round, for contacts of the same moment would lie ahead."""
    context = {"locale": "de-AT", "device": "mobile"}
    moment = NOON + timedelta(minutes=number + 1)
    return DecisionCall(customer_id=f"c-{customer}", context=context, decided_at=moment)


def decided(parts: Services, calls: Sequence[DecisionCall]) -> None:
    made = parts.decisions.decide(calls, batch=len(calls) > 1, deadline=60.0)
    assert all(one.answer["degraded_by"] == [] for one in made)


if __name__ == "__main__":
    main()

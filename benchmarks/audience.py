"""Decisions a CPU second for an audience, from tables: the columnar way, and decision by decision.

    python -m benchmarks.audience --registry var/demo/registry --data var/demo/history
    python -m benchmarks.audience --registry var/demo/registry --data var/demo/history --customers 20000

The champion of a registry decides for customers of exported tables. Reading the tables, putting them into
columns, and deciding are told apart; nothing is stored in a database. CPU seconds of the process.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.policy.decide import decide
from models.policy.engine import Engine
from models.registry import Registry
from training import api
from training.batch.bucket import Bucket
from training.batch.deciding import first_pass
from training.batch.requests import Mailing, requests_of, with_past


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--registry", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--alone", type=int, default=300, help="how many are decided one by one")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    registry = Registry(options.registry)
    bundle = registry.load(str(registry.champion()))
    engine = Engine(bundle.journey, bundle.models, bundle.manifest.bundle_id, trained=bundle.journey)
    tables, reading = _timed(lambda: _tables(options.data, registry))
    everybody = tables.customers.column("customer_id").to_pylist()
    audience = everybody[: options.customers]
    mailing = Mailing(run_id="b", channel="email", decided_at=datetime(2026, 11, 21, 9, tzinfo=UTC))
    print(f"{len(tables.interactions)} interactions, {len(everybody)} customers: read in {reading:.1f} CPU s")
    for _ in range(options.rounds):
        people, encoding = _timed(lambda: Bucket(tables, engine.journey))
        log = people.log
        decided, deciding = _timed(lambda people=people: first_pass(engine, people, audience, mailing))
        few = [
            with_past(engine.journey, log, request)
            for request in requests_of(log, audience[: options.alone], mailing)
        ]
        _, alone = _timed(lambda few=few: [decide(engine, request) for request in few])
        rate = len(decided.table) / deciding
        print(
            f"together {rate:,.0f} a CPU s ({deciding:.2f} s), alone {len(few) / alone:,.0f}; "
            f"tables into columns {encoding:.2f} s"
        )
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def _tables(data: Path, registry: Registry) -> Any:
    journey = registry.path(str(registry.champion())) / "journey.yaml"
    return api.load_tables(data, None, journey=journey).tables


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


if __name__ == "__main__":
    main()

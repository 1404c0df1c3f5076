"""What metrics, drift and the request log take from each decision, beside the decision itself.

    python -m benchmarks.telemetry

Counts go into files in memory, as under `nba serve`. CPU time of the thread, so that a busy machine shows
less. Then what a scrape costs, with the files of four workers and what they have counted.
"""

# ruff: noqa: E402
from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nba_service.telemetry.shared_files import prepare_directory, remove_directory

DIRECTORY = prepare_directory()  # before anything loads prometheus_client

import numpy as np

from benchmarks.decide import ROOT, synthetic_models, the_request
from models.drift import DriftReference, best_scores, make_reference
from models.journey_file import parse_journey
from models.policy.decide import decide
from models.policy.engine import Engine
from nba_service.settings import Settings
from nba_service.telemetry.drift import Drift
from nba_service.telemetry.metrics import Computed, Metrics

REQUESTS = 300
ROUNDS = 5


def main() -> None:
    journey = parse_journey((ROOT / "examples/solar/journey.yaml").read_bytes(), "solar")
    engine = Engine(journey, synthetic_models(journey), "b-1")
    requests = [the_request(number) for number in range(REQUESTS)]
    decisions = [decide(engine, request) for request in requests]
    metrics = Metrics(DIRECTORY)
    drift = Drift(Path("none"), every=1, half_life_hours=24, directory=DIRECTORY, seconds=time.time)
    drift._references["b-1"] = reference(engine, requests)
    metrics.show(Computed(drift.collect))
    figures = {
        "decide": spread(lambda i: decide(engine, requests[i])),
        "count a decision": spread(lambda i: metrics.decided(decisions[i])),
        "count a request": spread(lambda i: metrics.request("POST", "/v1/decisions", 200, 0.003)),
        "look at drift, if it is looked at": spread(lambda i: drift._look(engine, requests[i])),
    }
    for name, (median, low, high) in figures.items():
        print(f"{name:36} {median:8.1f} µs  ({low:.1f} to {high:.1f})")
    every = Settings().drift_every
    whole = sum(figures[name][0] for name in list(figures)[1:3]) + figures[list(figures)[3]][0] / every
    print(f"{'together, drift every ' + str(every):36} {whole:8.1f} µs of {figures['decide'][0]:.0f}")
    copies(4)
    times = [timed(metrics.scraped) for _ in range(20)]
    print(
        f"a scrape of four workers: {statistics.median(times) / 1000:.1f} ms, {len(metrics.scraped())} bytes"
    )
    remove_directory(DIRECTORY)


def reference(engine: Engine, requests: list[Any]) -> DriftReference:
    """Of all customer features."""
    rows = [engine.situate(request) for request in requests]
    x = np.vstack([engine.builder.customer_features(one) for one in rows]).astype(float)
    scores = np.vstack([best_scores(engine, one) for one in rows])
    names = engine.builder.spec.customer_names
    return make_reference({n: (x[:, i], False) for i, n in enumerate(names)}, list(scores.T), len(x))


def copies(number: int) -> None:
    """The files of this process under the ids of others, as if they had counted the same."""
    for path in list(DIRECTORY.iterdir()):
        stem, _, suffix = path.name.rpartition(".")
        if suffix in ("db", "bin"):
            cut = max(stem.rfind("_"), stem.rfind("~")) + 1
            for worker in range(1, number):
                (DIRECTORY / f"{stem[:cut]}{worker}.{suffix}").write_bytes(path.read_bytes())


def spread(call: Callable[[int], object]) -> tuple[float, float, float]:
    """Median over rounds of the mean of a round, lowest and highest; µs."""
    for index in range(50):
        call(index)
    means = []
    for _ in range(ROUNDS):
        begun = time.thread_time_ns()
        for index in range(REQUESTS):
            call(index)
        means.append((time.thread_time_ns() - begun) / 1000 / REQUESTS)
    return statistics.median(means), min(means), max(means)


def timed(call: Callable[[], object]) -> float:
    begun = time.thread_time_ns()
    call()
    return (time.thread_time_ns() - begun) / 1000


if __name__ == "__main__":
    main()

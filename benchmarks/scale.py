"""How many replicas a load needs: a simulation with measured service times.

    python -m benchmarks.scale                       # 1, 10 and 100 thousand decisions a second
    python -m benchmarks.scale --rates 2500 --cpu-ms 3.25

No server runs. Requests arrive at random (Poisson) at a balancer that gives each to the replica of two drawn
ones with less work waiting; a replica has as many workers as cores, each with one request at a time. Service
times are drawn around the measured CPU of a decision, with a share of slow ones (checkpoints, long pasts).
Printed: the fewest replicas whose p99 is below the limit, and what one replica less gives.

What it leaves out: the network, the database's own queue, replicas that fail.
"""

from __future__ import annotations

import argparse
import heapq
import math

import numpy as np

CPU_MS = 3.25
"""A decision over HTTP, `flush` (docs/benchmarks.md, 2026-11-22)."""
SLOW_SHARE, SLOW_TIMES = 0.01, 8.0
"""One in a hundred takes eight times as long: p99 ÷ median of the service at half load."""
CORES = 4
LIMIT_MS = 100.0
REQUESTS, SECONDS = 60_000, 5
"""So many at least, and for so long: a load that is too high shows in a queue that grows."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rates", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--cpu-ms", type=float, default=CPU_MS)
    parser.add_argument("--cores", type=int, default=CORES)
    parser.add_argument("--limit-ms", type=float, default=LIMIT_MS)
    options = parser.parse_args()
    print(f"{options.cpu_ms} ms CPU a decision; {options.cores} cores; p99 below {options.limit_ms:g} ms")
    for rate in options.rates:
        replicas = fewest(rate, options.cpu_ms, options.cores, options.limit_ms)
        p50, p99, busy = simulate(rate, replicas, options.cpu_ms, options.cores)
        less = simulate(rate, replicas - 1, options.cpu_ms, options.cores)[1] if replicas > 1 else math.inf
        print(
            f"{rate:>8,} a second: {replicas:>4} replicas, {busy:.0%} busy, p50 {p50:.1f}, p99 {p99:.1f} ms; "
            f"with one less p99 {less:.0f} ms"
        )


def fewest(rate: int, cpu_ms: float, cores: int, limit_ms: float) -> int:
    """Replicas, from as many as the work alone needs."""
    mean_ms = cpu_ms * (1.0 - SLOW_SHARE + SLOW_SHARE * SLOW_TIMES)
    replicas = max(1, math.ceil(rate * mean_ms / 1000.0 / cores))
    while simulate(rate, replicas, cpu_ms, cores)[1] > limit_ms:
        replicas += max(1, replicas // 50)
    return replicas


def simulate(
    rate: int, replicas: int, cpu_ms: float, cores: int, seed: int = 1
) -> tuple[float, float, float]:
    """p50 and p99 of the answer's time in ms, and the share of time that workers are busy."""
    rng = np.random.default_rng(seed)
    requests = max(REQUESTS, rate * SECONDS)
    arrival = np.cumsum(rng.exponential(1000.0 / rate, requests))
    service = rng.gamma(9.0, cpu_ms / 9.0, requests)
    service[rng.random(requests) < SLOW_SHARE] *= SLOW_TIMES
    two = rng.integers(replicas, size=(requests, 2))
    free = [[0.0] * cores for _ in range(replicas)]  # when each worker of each replica is free, a heap each
    waited = np.empty(requests)
    for number in range(requests):
        at = arrival[number]
        first, second = two[number]
        chosen = free[first] if _backlog(free[first], at) <= _backlog(free[second], at) else free[second]
        begin = max(at, heapq.heappop(chosen))
        end = begin + service[number]
        heapq.heappush(chosen, end)
        waited[number] = end - at
    settled = waited[requests // 5 :]
    busy = service.sum() / (arrival[-1] * replicas * cores)
    return float(np.median(settled)), float(np.quantile(settled, 0.99)), float(busy)


def _backlog(workers: list[float], at: float) -> float:
    """Work that a replica has still to do, in ms."""
    return sum(max(0.0, each - at) for each in workers)


if __name__ == "__main__":
    main()

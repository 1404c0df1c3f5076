"""How quickly worlds run: histories, rollouts and the planner, in CPU seconds of one core.

    python -m benchmarks.simulator [--customers 20000]

Prints one line a world: making a year's log (26 decisions a customer) and writing its tables, living a year
under a policy that reads histories' phases, and planning. Compare lines of one run with each other; the
machine matters.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from training.simulator.log.log import simulate_log, tables_of
from training.simulator.policies.planner import Planner
from training.simulator.policies.policies import RandomEligible
from training.simulator.rollout import rollout
from training.simulator.world.load import load_world

ROOT = Path(__file__).resolve().parents[1]
WORLDS = [ROOT / "examples/solar/simulator.yaml", *sorted((ROOT / "benchmarks/worlds").glob("*.yaml"))]
STEPS = 26
Made = TypeVar("Made")


def timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """What ``work`` makes, and the CPU seconds of this process that it takes."""
    begin = time.process_time()
    made = work()
    return made, time.process_time() - begin


def measure(path: Path, customers: int) -> str:
    """One line of the table."""
    world = load_world(path)
    days = round(STEPS * world.file.step_days)
    log, making = timed(lambda: simulate_log(world, customers, days, np.random.default_rng(1)))
    tables, writing = timed(lambda: tables_of(log))
    _, living = timed(lambda: rollout(world, RandomEligible(), customers, STEPS, np.random.default_rng(2)))
    _, planning = timed(lambda: rollout(world, Planner(world), customers, STEPS, np.random.default_rng(2)))
    counts = ", ".join(f"{rows:,} {name}" for name, rows in tables.counts.items())
    name = "solar" if path.stem == "simulator" else path.stem
    return f"{name:16}{making:8.1f}{writing:8.1f}{living:8.1f}{planning:9.1f}   {counts}"


def main() -> None:
    """Measure every world."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=20_000)
    customers = parser.parse_args().customers
    machine = f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"{machine}; {customers:,} customers")
    print(f"{'world':16}{'log':>8}{'tables':>8}{'random':>8}{'planner':>9}   CPU seconds; rows of the log")
    for path in WORLDS:
        if path.stem not in ("base", "journey"):
            print(measure(path, customers), flush=True)


if __name__ == "__main__":
    main()

"""Whether the path ahead comes true, in companies with known truth.

A log teaches an engine, as `nba train` does. Other customers of the same company then live half a year under
the policy that made the log, are told their path ahead, and live one more year: once under the engine's
policy, and once with nothing done at all. Chances to enter each phase within 90 days, and the stated interval
of days until it is entered, are compared with what they do.

    python -m benchmarks.path_ahead --seeds 11 12
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS, from_ms
from models.domain.interaction import Customer
from models.domain.objective import Exploration, ExplorationMethod, Objective
from models.policy.engine import Engine
from models.policy.explain.path_ahead import PathAhead, path_ahead
from models.policy.steps import run_steps
from training.api import fit, load_tables
from training.batch.requests import events_of
from training.data.encode import encode
from training.simulator.log.log import Log, simulate_log, tables_of, write_log
from training.simulator.policies.learned_policy import LearnedPolicy
from training.simulator.policies.policies import DoNothing, LoggingPolicy, Policy, View
from training.simulator.world.load import load_world
from training.simulator.world.world import World

ROOT: Final = Path(__file__).parents[1]
WORLDS: Final = {
    "solar": ROOT / "examples" / "solar" / "simulator.yaml",
    **{
        name: ROOT / "benchmarks" / "worlds" / f"{name}.yaml"
        for name in ("clicks", "fatigue", "delayed", "misread")
    },
}
BUYS: Final = {"solar": "experience"}
"""The phase of those who bought; `customer` in the other worlds."""
WARM_UP_DAYS: Final = 182
AFTER_DAYS: Final = 365
SOON_DAYS: Final = 90


class Switch:
    """One policy, and from a moment on another."""

    reads_history = True

    def __init__(self, first: Policy, then: Policy, steps: int) -> None:
        self.name = then.name
        self._first, self._then, self._left = first, then, steps

    def probabilities(self, view: View) -> Floats:
        self._left -= 1
        return (self._first if self._left >= 0 else self._then).probabilities(view)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said of n customers and what they did, of one phase.

    ``chance``: (n,) to enter it within 90 days. ``low``, ``high``: (n,) days, NaN: not told. ``days``: (n,)
    until they entered it; infinite: not within a year.
    """

    phase: str
    chance: Floats
    low: Floats
    high: Floats
    days: Floats


def learned(world: World, customers: int, days: int, seed: int) -> Engine:
    """The engine that a log of this world teaches; it explores nothing."""
    log = simulate_log(world, customers, days, np.random.default_rng(seed))
    with TemporaryDirectory() as folder:
        write_log(log, Path(folder), seed=seed)
        policy, _ = fit(load_tables(folder, journey=Path(folder) / "journey.yaml"), seed=1)
    engine = policy.engine()
    certain = Exploration(method=ExplorationMethod.NONE)
    objective = replace(engine.journey.objective, exploration=certain, arms=Objective().arms)
    return Engine(replace(engine.journey, objective=objective), engine.models, "benchmark")


def lived(world: World, then: Policy, customers: int, seed: int) -> Log:
    """Customers under the policy that made the log, and later under ``then``."""
    warm_up = round(WARM_UP_DAYS / world.file.step_days)
    policy = Switch(LoggingPolicy(world.journey, world.file.logging), then, warm_up)
    days = WARM_UP_DAYS + AFTER_DAYS + round(world.file.step_days)
    return simulate_log(world, customers, days, np.random.default_rng(seed), policy=policy)


def requests_of(engine: Engine, log: Log) -> list[DecisionRequest]:
    """What is asked for every customer at the first decision after the time under the old policy."""
    encoded = encode(tables_of(log), engine.journey)
    step = round(WARM_UP_DAYS / log.world.file.step_days)
    return [
        DecisionRequest(
            decision_id=f"path-{at}",
            customer=Customer(
                customer_id=str(at),
                attributes=encoded.attributes_at(at, instant),
                consent=encoded.consents[at],
                time_zone=encoded.time_zones[at],
            ),
            decided_at=from_ms(instant),
            interactions=tuple(
                one
                for one in events_of(engine.journey, encoded.history, at)
                if one.occurred_at < from_ms(instant)
            ),
            deferred=True,
        )
        for at, instant in enumerate(log.decided_at[step].tolist())
    ]


def days_until(engine: Engine, log: Log) -> Floats:
    """Whole days until each customer enters each phase, shape (n, P); infinite: not within a year."""
    encoded = encode(tables_of(log), engine.journey)
    trace = engine.builder.machine.trace(encoded.history)
    step = round(WARM_UP_DAYS / log.world.file.step_days)
    start, who = log.decided_at[step], np.arange(log.state.n)
    found = np.full((len(who), len(engine.phases)), np.inf)
    for day in range(AFTER_DAYS, 0, -1):
        instant = start + day * DAY_MS
        found[who, trace.at(who, encoded.history.ends(who, instant), instant)[0]] = day
    return found


def compared(
    engine: Engine, paths: list[PathAhead], now: Ints, days: Floats, *, nothing: bool
) -> Iterator[Told]:
    """One a phase."""
    for code, name in enumerate(engine.phases):
        rows = np.flatnonzero(now != code)
        own = [paths[row] for row in rows]
        times = [(path.times_of_nothing if nothing else path.times).get(name) for path in own]
        yield Told(
            phase=name,
            chance=np.array([(path.nothing if nothing else path.chosen)[name] for path in own]),
            low=np.array([np.nan if time is None else time.low for time in times]),
            high=np.array([np.nan if time is None else time.high for time in times]),
            days=days[rows, code],
        )


def figures(told: Told) -> dict[str, Any]:
    """How far chances are off and how often intervals hold."""
    came = told.days <= SOON_DAYS
    entered = np.isfinite(told.days) & np.isfinite(told.low)
    inside = (told.days >= np.floor(told.low)) & (told.days - 1 <= told.high)
    order = np.array_split(np.argsort(told.chance, kind="stable"), 10)
    off = [abs(float(told.chance[part].mean() - came[part].mean())) for part in order if len(part)]
    return {
        "customers": len(came),
        "told": float(told.chance.mean()),
        "came": float(came.mean()),
        "error by tenths": float(np.mean(off)),
        "entered within a year": int(entered.sum()),
        "within the interval": float(inside[entered].mean()) if entered.any() else float("nan"),
        "earlier": float((told.days < np.floor(told.low))[entered].mean()) if entered.any() else float("nan"),
    }


def run(name: str, seed: int, customers: int, days: int, others: int) -> Iterator[dict[str, Any]]:
    """The figures of one company, by what is done and phase."""
    world = load_world(WORLDS[name])
    engine = learned(world, customers, days, seed)
    paths: list[PathAhead] = []
    for done, policy in (("ours", LearnedPolicy(engine)), ("nothing", DoNothing())):
        log = lived(world, policy, others, seed + 1_000)
        if not paths:
            requests = requests_of(engine, log)
            paths = [path for request in requests if (path := path_ahead(engine, run_steps(engine, request)))]
        now = np.array([engine.phases.index(path.phase) for path in paths])
        for told in compared(engine, paths, now, days_until(engine, log), nothing=done == "nothing"):
            yield {"world": name, "seed": seed, "done": done, "phase": told.phase, **figures(told)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worlds", nargs="+", default=[*WORLDS], choices=[*WORLDS])
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12])
    parser.add_argument("--customers", type=int, default=5_000, help="in the log that teaches")
    parser.add_argument("--days", type=int, default=365, help="of the log that teaches")
    parser.add_argument("--others", type=int, default=3_000, help="customers who are told their path")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in given.worlds:
        for seed in given.seeds:
            for row in run(name, seed, given.customers, given.days, given.others):
                print(json.dumps(row), flush=True)
                rows.append(row)
    for done in ("ours", "nothing"):
        bought = [r for r in rows if r["done"] == done and r["phase"] == BUYS.get(r["world"], "customer")]
        worst = max(abs(r["told"] - r["came"]) for r in bought)
        tenths = max(r["error by tenths"] for r in bought)
        all_own = [r for r in rows if r["done"] == done and r["entered within a year"] >= 100]
        held = [r["within the interval"] for r in all_own]
        print(
            f"{done}: purchase within 90 days off by at most {worst:.3f} a company, {tenths:.3f} by tenths; "
            f"days within the interval {np.mean(held):.3f} ({min(held):.3f} to {max(held):.3f} a phase)"
        )


if __name__ == "__main__":
    main()

"""From no data to a policy that leads: ten batches of learning under each way of exploring.

    nice python -m benchmarks.cold_start [--worlds solar] [--seeds 1] [--customers 250] [--batches 10]

The first batch of customers lives half a year under the playbook of the journey file (with the method's
floor), each later batch under the models trained on all batches before, explored by the method. After every
batch the models, without exploration, decide for customers of their own in the true world; printed is the
share of the gap between random and the planner that they close (``learned``), and the share that the batch
itself earned while it explored (``earned``), mean over seeds. All methods of a seed meet the same customers.

Measured cells stay in ``var/cold_start`` and are not measured again; remove the folder to start over.
Knows the simulator and the product's own training; the exploration is the product's own code.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Floats
from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import Exploration, ExplorationMethod
from models.errors import NBAError
from models.learned.trees.parameters import TreeParameters
from models.policy.choice.exploration import spread, with_floor
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores
from training.config import FeatureRules, RowRules, Split
from training.data.encode import encode
from training.data.tables import Tables
from training.fit.fit import fit_models
from training.fit.prepared import make_builder, prepare
from training.rows.rows import make_rows
from training.rows.split import split_rows
from training.simulator.log.log import Log, simulate_log, tables_of
from training.simulator.policies.learned_policy import LearnedPolicy
from training.simulator.policies.planner import Planner
from training.simulator.policies.policies import PlaybookPolicy, Policy, RandomEligible, View
from training.simulator.rollout import rollout
from training.simulator.world.load import load_world
from training.simulator.world.world import World

ROOT: Final = Path(__file__).resolve().parents[1]
WORLDS: Final = {
    "solar": "examples/solar/simulator.yaml",
    **{name: f"benchmarks/worlds/{name}.yaml" for name in ("clicks", "fatigue", "delayed", "misread")},
}
STEPS: Final = 13
JUDGES: Final = 600
METHODS: Final = {
    "none": Exploration(method=ExplorationMethod.NONE),
    "floor 0.02": Exploration(gamma=1e9, floor=0.02),
    "floor 0.10": Exploration(gamma=1e9, floor=0.10),
    "inverse gap, gamma 0.1": Exploration(gamma=0.1, floor=0.02),
    "inverse gap, gamma 0.3": Exploration(gamma=0.3, floor=0.02),
    "inverse gap, gamma 1": Exploration(gamma=1.0, floor=0.02),
    "inverse gap, gamma 10": Exploration(gamma=10.0, floor=0.02),
    "thompson": Exploration(method=ExplorationMethod.THOMPSON, floor=0.02),
}


class Explored(LearnedPolicy):
    """The models' priorities, shared out by an exploration method."""

    def __init__(self, engine: Engine, exploration: Exploration) -> None:
        super().__init__(engine, name="explored")
        self._exploration = exploration
        self._deviation = np.zeros(0)

    def probabilities(self, view: View) -> Floats:
        row, treatment = np.nonzero(view.eligible)
        self._row, self._treatment = row, treatment
        super().probabilities(view)
        priority, deviation = np.zeros(view.eligible.shape), np.zeros(view.eligible.shape)
        priority[row, treatment], deviation[row, treatment] = self._priority, self._deviation
        return spread(self._exploration, priority, deviation, view.eligible)

    def _rank(self, scores: Scores) -> Floats:
        self._priority, self._deviation = scores.priority, scores.deviation
        return scores.priority


class FlooredPlaybook:
    """The playbook with a uniform floor, as the service decides while there is no bundle."""

    name, reads_history = "playbook with a floor", False

    def __init__(self, journey: Journey, floor: float) -> None:
        self._playbook, self._floor = PlaybookPolicy(journey), floor

    def probabilities(self, view: View) -> Floats:
        return with_floor(self._playbook.probabilities(view), view.eligible, self._floor)


def learn(world: World, tables: Tables, customers: int, rng: np.random.Generator) -> Models:
    """Models of everything logged so far, the product's own way."""
    log = encode(tables, world.journey)
    builder = make_builder(world.journey, log, FeatureRules())
    trace = builder.machine.trace(log.history)
    rows = make_rows(log, None, world.journey, trace, RowRules(), rng)
    split = split_rows(rows, np.zeros(customers, dtype=np.int64), Split(), True)
    prepared = prepare(world.journey, builder, log, trace, split)
    return fit_models(prepared, TreeParameters(num_threads=1), rng)


def joined(batches: list[Tables]) -> Tables:
    """All batches as one log; ids are told apart by the batch."""
    named = [_prefixed(tables, f"b{number:02d}-") for number, tables in enumerate(batches)]
    names = ("customers", "interactions", "decisions", "outcomes")
    return Tables(**{name: pa.concat_tables([getattr(t, name) for t in named]) for name in names})


def _prefixed(tables: Tables, prefix: str) -> Tables:
    changed: dict[str, Any] = {}
    for name in ("customers", "interactions", "decisions", "outcomes"):
        table = getattr(tables, name)
        for column in ("customer_id", "interaction_id", "decision_id", "outcome_id"):
            place = table.schema.get_field_index(column)
            if place >= 0:
                ids = pc.binary_join_element_wise(prefix, table.column(place), "")
                table = table.set_column(place, table.schema.field(place), ids)
        changed[name] = table
    return Tables(**changed)


def earned(log: Log) -> float:
    """EUR a customer and year."""
    return float(log.reward.sum(axis=0).mean()) / (STEPS * log.world.file.step_days / 365.25)


def judge(world: World, policy: Policy, seed: int) -> float:
    """EUR a customer and year, of customers who are in no batch."""
    return rollout(world, policy, JUDGES, STEPS, np.random.default_rng([seed, 77])).mean


def run(world: World, method: str, seed: int, customers: int, batches: int) -> list[tuple[float, float]]:
    """EUR a customer and year after each batch: of the models without exploration, and of the batch."""
    exploration = METHODS[method]
    floor = 0.0 if exploration.method is ExplorationMethod.NONE else exploration.floor
    policy: Policy = FlooredPlaybook(world.journey, floor)
    done: list[Tables] = []
    found: list[tuple[float, float]] = []
    days = round(STEPS * world.file.step_days)
    learned = judge(world, PlaybookPolicy(world.journey), seed)
    for batch in range(batches):
        log = simulate_log(world, customers, days, np.random.default_rng([seed, batch]), policy=policy)
        done.append(tables_of(log))
        try:
            models = learn(
                world, joined(done), customers * len(done), np.random.default_rng([seed, batch, 1])
            )
            engine = Engine(world.journey, models, "batch")
            policy = Explored(engine, exploration)
            learned = judge(world, LearnedPolicy(engine), seed)
        except NBAError as error:  # too little yet: go on as before
            print(f"{method} seed {seed} batch {batch}: {error.code}", file=sys.stderr)
        found.append((learned, earned(log)))
    return found


def cell(name: str, method: str, seed: int, customers: int, batches: int, store: Path) -> list[list[float]]:
    """Shares after each batch, [learned, earned]; read from ``store`` if they are there already."""
    file = store / f"{name}-{method.replace(' ', '_')}-{seed}-{customers}-{batches}.json"
    if file.exists():
        kept: list[list[float]] = json.loads(file.read_text())
        return kept
    began = time.process_time()
    world = load_world(ROOT / WORLDS[name])
    low = judge(world, RandomEligible(), seed)
    gap = judge(world, Planner(world), seed) - low
    eur = run(world, method, seed, customers, batches)
    shares = [[round((a - low) / gap, 4), round((b - low) / gap, 4)] for a, b in eur]
    store.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(shares))
    spent = time.process_time() - began
    print(
        f"{name} {method} seed {seed}: {[s[0] for s in shares]} ({spent:.0f} CPU s)",
        file=sys.stderr,
        flush=True,
    )
    return shares


def table(name: str, found: dict[str, Floats]) -> str:
    """Markdown: one line a method."""
    batches = next(iter(found.values())).shape[1]
    shown = [b for b in (1, 2, 3, 5, 7, 10) if b <= batches]
    head = " | ".join(f"after {b}" for b in shown)
    lines = [f"| {name} | {head} | ± | earned on the way |", "| --- " * (len(shown) + 3) + "|"]
    for method, shares in found.items():
        learned, gained = shares[..., 0], shares[..., 1]
        error = learned[:, -1].std(ddof=1) / np.sqrt(len(learned)) if len(learned) > 1 else float("nan")
        cells = " | ".join(f"{learned[:, b - 1].mean():.2f}" for b in shown)
        lines.append(f"| {method} | {cells} | {error:.2f} | {gained.mean():.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Print one table a world."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", nargs="+", default=["solar"], choices=list(WORLDS))
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--customers", type=int, default=250)
    parser.add_argument("--batches", type=int, default=10)
    asked = parser.parse_args()
    store = ROOT / "var/cold_start"
    found: dict[str, dict[str, list[Any]]] = {name: {m: [] for m in asked.methods} for name in asked.worlds}
    for seed in range(1, asked.seeds + 1):
        for name in asked.worlds:
            for method in asked.methods:
                shares = cell(name, method, seed, asked.customers, asked.batches, store)
                found[name][method].append(shares)
    for name in asked.worlds:
        print("\n" + table(name, {m: np.array(s) for m, s in found[name].items()}))


if __name__ == "__main__":
    main()

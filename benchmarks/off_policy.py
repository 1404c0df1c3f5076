"""Do the intervals of off-policy evaluation hold the truth as often as they say? In a simulated world.

    python -m benchmarks.off_policy [--world clicks] [--runs 200] [--customers 1500] [--decisions 4]

Each run draws a log of the world's logging policy and estimates, from that log alone, what another policy
(the same playbook, which pauses less and explores more) would have earned: per decision (IPS, SNIPS, DR) and
per journey of all decisions in a row (WPDIS, WDR). The truth comes from living through many customers under
that policy. Prints for each estimator the share of 95 % intervals that hold it, mean and width; then what the
evaluation says of a log without exploration. About a minute on one core.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.arrays import Floats
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.journey_estimate import LoggedJourneys, evaluate_journeys
from training.evaluation.off_policy.journeys import Steps, fitted_values
from training.evaluation.off_policy.off_policy import LoggedDecisions, evaluate
from training.evaluation.off_policy.reward_model import customer_folds
from training.simulator.log.log import Log, simulate_log
from training.simulator.policies.policies import LoggingPolicy, Policy, View
from training.simulator.world.load import load_world
from training.simulator.world.world import World

WORLDS: Final = Path(__file__).resolve().parent / "worlds"
TRUTH_CUSTOMERS: Final = 150_000
RESAMPLES: Final = 400


class Beside:
    """Decides as one policy, and notes what another would have done in the same situations."""

    reads_history = False

    def __init__(self, decides: Policy, target: Policy) -> None:
        self.name = decides.name
        self._decides, self._target = decides, target
        self.noted: list[Floats] = []

    def probabilities(self, view: View) -> Floats:
        self.noted.append(self._target.probabilities(view))
        return self._decides.probabilities(view)


@dataclass(frozen=True)
class ThenTarget:
    """The logging policy, and the target at the last decision: what one decision of the target is worth."""

    logging: Policy
    target: Policy
    name: str = "logging, then target"
    reads_history: bool = False

    def probabilities(self, view: View) -> Floats:
        return (self.target if view.remaining == 1 else self.logging).probabilities(view)


def policies_of(world: World) -> tuple[Policy, Policy]:
    """The logging policy, and the one to judge."""
    truth = world.file.logging
    bolder = replace(truth, pause=truth.pause / 3, exploration=0.5)
    return LoggingPolicy(world.journey, truth), LoggingPolicy(world.journey, bolder)


def draw(world: World, policy: Policy, customers: int, decisions: int, rng: np.random.Generator) -> Log:
    days = round(decisions * world.file.step_days)
    return simulate_log(world, customers, days, rng, policy=policy)


def true_values(world: World, decisions: int, customers: int, seed: int) -> tuple[float, float]:
    """EUR per decision and per journey under the target, lived through."""
    logging, target = policies_of(world)
    one = [
        draw(world, ThenTarget(logging, target), customers, step + 1, np.random.default_rng([seed, step]))
        for step in range(decisions)
    ]
    whole = draw(world, target, customers, decisions, np.random.default_rng([seed, 99]))
    return float(np.mean([log.reward[-1].mean() for log in one])), float(whole.reward.sum(axis=0).mean())


def estimates(
    world: World, customers: int, decisions: int, rng: np.random.Generator
) -> tuple[dict[str, Estimate], tuple[str, ...]]:
    """All estimates from one log, and what was refused."""
    logging, target = policies_of(world)
    beside = Beside(logging, target)
    log = draw(world, beside, customers, decisions, rng)
    probability = np.stack(beside.noted, axis=1)  # (c, k, T)
    steps = _steps(world, log, rng)
    taken = np.take_along_axis(probability, steps.treatment[..., None], axis=2)[..., 0]
    single = _one_decision(steps, log, probability, taken)
    q, v = fitted_values(steps, probability)
    journeys = LoggedJourneys(reward=steps.reward, logged=log.probability.T, target=taken, q=q, v=v)
    each = evaluate(single, rng, RESAMPLES)
    whole = evaluate_journeys(journeys, rng, RESAMPLES)
    kept = {name: e for name, e in each.estimates.items() if name != "dm"}
    return {**kept, **whole.estimates}, (*each.refused, *whole.refused)


def _steps(world: World, log: Log, rng: np.random.Generator) -> Steps:
    phases = len(world.journey.phases)
    x = np.concatenate((np.ones((*log.observed.T.shape, 1)), np.eye(phases)[log.observed.T]), axis=2)
    return Steps(
        x=x,
        phase=log.observed.T,
        treatment=log.treatment.T,
        reward=log.reward.T,
        fold=customer_folds(len(x), rng),
        n_phases=phases,
    )


def _one_decision(steps: Steps, log: Log, probability: Floats, taken: Floats) -> LoggedDecisions:
    """Every decision by itself, its reward model cross-fitted by customers."""
    c, k = taken.shape
    flat = Steps(
        x=steps.x.reshape(c * k, 1, -1),
        phase=steps.phase.reshape(-1, 1),
        treatment=steps.treatment.reshape(-1, 1),
        reward=steps.reward.reshape(-1, 1),
        fold=np.repeat(steps.fold, k),
        n_phases=steps.n_phases,
    )
    model_logged, model_target = fitted_values(flat, probability.reshape(c * k, 1, -1))
    return LoggedDecisions(
        customer=np.repeat(np.arange(c), k),
        reward=steps.reward.ravel(),
        logged=log.probability.T.ravel(),
        target=taken.ravel(),
        model_logged=model_logged.ravel(),
        model_target=model_target.ravel(),
    )


def coverage(world: World, runs: int, customers: int, decisions: int, seed: int) -> None:
    """Print one line an estimator."""
    begin = time.process_time()
    per_decision, per_journey = true_values(world, decisions, TRUTH_CUSTOMERS, seed)
    truth = dict.fromkeys(("ips", "snips", "dr"), per_decision)
    truth |= dict.fromkeys(("wpdis", "wdr"), per_journey)
    found: dict[str, list[Estimate]] = {name: [] for name in truth}
    refused = 0
    for run in range(runs):
        values, objections = estimates(world, customers, decisions, np.random.default_rng([seed, 1000 + run]))
        refused += bool(objections)
        for name, value in values.items():
            found[name].append(value)
    print(f"{world.file.name}: {runs} runs of {customers:,} customers and {decisions} decisions")
    print(f"{'':8}{'truth':>9}{'mean':>9}{'width':>9}{'covered':>9}{'runs':>7}")
    for name, values_of in found.items():
        mean = float(np.mean([e.value for e in values_of]))
        width = float(np.mean([e.high - e.low for e in values_of]))
        held = float(np.mean([e.low <= truth[name] <= e.high for e in values_of]))
        print(f"{name:8}{truth[name]:9.3f}{mean:9.3f}{width:9.3f}{held:9.1%}{len(values_of):7}")
    print(f"refused in {refused} runs; {time.process_time() - begin:.0f} CPU s")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--world", default="clicks", help="a file of benchmarks/worlds")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--customers", type=int, default=1500)
    parser.add_argument("--decisions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    world = load_world(WORLDS / f"{options.world}.yaml")
    coverage(world, options.runs, options.customers, options.decisions, options.seed)
    silent = load_world(WORLDS / "unexplored.yaml")
    _, objections = estimates(
        silent, options.customers, options.decisions, np.random.default_rng(options.seed)
    )
    print("unexplored: " + "; ".join(dict.fromkeys(objections)))


if __name__ == "__main__":
    main()

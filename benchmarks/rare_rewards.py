"""Do the intervals that reports print hold the truth where rewards are rare?

    python -m benchmarks.rare_rewards [--runs 200] [--customers 4500]

Each run draws a log: customers with four decisions each, eight treatments, an epsilon-greedy logging policy,
rewards that differ by customer (a log-normal margin and a chance that the customer's decisions share). Three
policies are valued: one near the logging policy, the best one, and one far from it. The interval is what a
report prints: the studentised one of the doubly robust estimate by customers, or by the rule of
``training/evaluation/off_policy/rewarded.py`` the gamma interval. The truth is exact.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.off_policy import LoggedDecisions, evaluate
from training.evaluation.off_policy.rewarded import rewarded

TREATMENTS: Final = 8
DECISIONS: Final = 4
SEGMENTS: Final = 3
EPSILON: Final = 0.3
RESAMPLES: Final = 400


@dataclass(frozen=True)
class World:
    """``chance``: (segments, treatments) of a reward; ``margin``: its mean, EUR."""

    chance: Floats
    margin: float

    def policy(self, name: str, explored: float) -> Floats:
        """(segments, treatments) probabilities."""
        best = self.chance.argmax(axis=1)
        favourite = {
            "near": (best + np.array([0, 1, 0])) % TREATMENTS,
            "best": best,
            "far": (best + 3) % TREATMENTS,
        }[name]
        probability = np.full(self.chance.shape, explored / TREATMENTS)
        probability[np.arange(SEGMENTS), favourite] += 1 - explored
        return probability


def make_world(share: float, margin: float) -> World:
    """On average ``share`` of the decisions are rewarded."""
    rng = np.random.default_rng(11)
    chance = rng.lognormal(0, 0.6, (SEGMENTS, TREATMENTS))
    return World(chance=np.minimum(chance * share / chance.mean(), 0.9), margin=margin)


def run(world: World, customers: int, rng: np.random.Generator) -> dict[str, tuple[Estimate, float]]:
    """Per policy its interval, and on how many effective rewarded customers it rests."""
    n = customers * DECISIONS
    customer = np.repeat(np.arange(customers), DECISIONS)
    segment = rng.integers(0, SEGMENTS, customers)[customer]
    logging = world.policy("near", EPSILON)
    treatment = (rng.random(n)[:, None] >= np.cumsum(logging[segment], axis=1)[:, :-1]).sum(axis=1)
    keenness = rng.gamma(2.0, 0.5, customers)[customer]  # mean 1: decisions of a customer go together
    paid = rng.random(n) < np.minimum(world.chance[segment, treatment] * keenness, 1.0)
    margin = world.margin * rng.lognormal(-0.125, 0.5, customers)[customer]
    reward = paid * margin
    model = _reward_model(customer, segment, treatment, reward)
    found = {}
    for name, explored in (("near", 0.2), ("best", 0.05), ("far", 0.05)):
        target = world.policy(name, explored)
        log = LoggedDecisions(
            customer=customer,
            reward=reward,
            logged=logging[segment, treatment],
            target=target[segment, treatment],
            model_logged=model[np.arange(n), treatment],
            model_target=(target[segment] * model).sum(axis=1),
        )
        value = evaluate(log, rng, RESAMPLES)
        found_here = rewarded(log, np.zeros(n), value)
        interval = found_here.interval or value.estimates.get("dr") or value.estimates.get("snips")
        if interval is not None:
            found[name] = interval, found_here.events
    return found


def _reward_model(customer: Ints, segment: Ints, treatment: Ints, reward: Floats) -> Floats:
    """(n, T) mean reward of segment and treatment among the other half of the customers."""
    model = np.zeros((len(reward), TREATMENTS))
    cell = segment * TREATMENTS + treatment
    for half in (0, 1):
        there = customer % 2 == half
        count = np.bincount(cell[there], minlength=SEGMENTS * TREATMENTS)
        total = np.bincount(cell[there], reward[there], minlength=SEGMENTS * TREATMENTS)
        mean = (total + reward[there].mean()) / (count + 1)
        model[~there] = mean.reshape(SEGMENTS, TREATMENTS)[segment[~there]]
    return model


def truth(world: World, name: str, explored: float, customers: int = 100_000) -> float:
    """EUR a decision; the cap on chances is counted."""
    rng = np.random.default_rng(5)
    keenness = rng.gamma(2.0, 0.5, customers)[:, None, None]
    keenness /= keenness.mean()
    chance = (
        np.minimum(world.chance * keenness, 1.0).mean(axis=0) if world.chance.max() > 0.1 else world.chance
    )
    return float((world.policy(name, explored) * chance).sum(axis=1).mean() * world.margin)


def main() -> None:
    """Print a line a world and policy."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rare_rewards")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--customers", type=int, default=4_500)
    options = parser.parse_args()
    print(f"{'rewarded':>9} {'policy':7} {'truth':>8} {'events':>7} {'width':>6} {'held':>7} {'runs':>5}")
    for share, margin in ((0.003, 2_600.0), (0.01, 800.0), (0.05, 150.0), (0.3, 20.0)):
        world = make_world(share, margin)
        found: dict[str, list[tuple[Estimate, float]]] = {"near": [], "best": [], "far": []}
        for number in range(options.runs):
            rng = np.random.default_rng([int(1000 * share), number])
            for name, each in run(world, options.customers, rng).items():
                found[name].append(each)
        for name, explored in (("near", 0.2), ("best", 0.05), ("far", 0.05)):
            _say(share, name, truth(world, name, explored), found[name])


def _say(share: float, name: str, true: float, found: list[tuple[Estimate, float]]) -> None:
    held = np.mean([each.low <= true <= each.high for each, _ in found])
    width = np.median([each.high - each.low for each, _ in found]) / true
    events = np.median([count for _, count in found])
    print(
        f"{share:9.1%} {name:7} {true:8.2f} {events:7.1f} {width:6.2f} {held:7.1%} {len(found):5}",
        flush=True,
    )


if __name__ == "__main__":
    main()

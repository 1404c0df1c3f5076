"""Does the true gain over doing nothing lie within the interval that answers state?

    python -m benchmarks.drawn.intervals --seeds 100,101,102 --journeys 5000 --customers 200

In drawn companies, with the product's own training and scores. The truth of a candidate is what the planner
says: the treatment now and the best choices after, less nothing now and the best choices after, for this
customer with all that is hidden of them. So it holds more than any record tells, and an interval of what is
expected of customers with these records need not hold it; ``average`` compares means over customers of a
stated phase. Prints, a company: share of 90 % intervals that hold the truth, of the treatments that were
chosen and of all candidates, how many truths lie below, and gains stated and true in EUR.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.drawn.run import company_of
from benchmarks.drawn.shipped import ShippedPolicy, train_as_shipped
from models.arrays import Floats
from models.policy.engine import Engine
from models.statistics import NORMAL_90
from training.simulator.drawn.records import View
from training.simulator.drawn.rollout import Evaluator, live, make_log
from training.simulator.drawn.tables import attribute_names


@dataclass
class Stated:
    """What was stated of candidates, and the truth. ``chosen``: whether it was what was done."""

    gain: list[Any] = field(default_factory=list)
    half: list[Any] = field(default_factory=list)
    truth: list[Any] = field(default_factory=list)
    chosen: list[Any] = field(default_factory=list)
    cell: list[Any] = field(default_factory=list)

    def columns(self) -> dict[str, Floats]:
        """Joined."""
        return {name: np.concatenate(value) for name, value in vars(self).items() if value}


class StatingPolicy(ShippedPolicy):
    """As the product decides, keeping what it states of every candidate."""

    def rank(self, view: View, row: Any, treatment: Any, scores: Any) -> Any:
        self.said = row, treatment, scores.over_nothing, NORMAL_90 * scores.deviation
        return super().rank(view, row, treatment, scores)


def measure(seed: int, journeys: int, customers: int) -> tuple[dict[str, Floats], bool, float]:
    """Columns of ``Stated`` of one company, whether effects in money rank, and CPU seconds."""
    began = time.process_time()
    company = company_of(seed)
    log = make_log(company, journeys, seed=1)
    prepared, models, found = train_as_shipped(log, seed=1)
    policy = StatingPolicy(
        prepared.journey, Engine(prepared.journey, models, "shipped"), attribute_names(company)
    )
    evaluator, stated = Evaluator(company, customers, seed=2), Stated()
    planner = evaluator._planner
    rng = np.random.default_rng([seed, 7])
    for k, step in enumerate(live(evaluator.people, policy, rng)):
        row, treatment, gain, half = policy.said
        there = (step.standing.phase < company.phases)[row] & (treatment > 0)
        base = planner.worth(step.standing, k, np.zeros(customers, dtype=np.int64))
        worth = np.zeros(step.view.eligible.shape)
        for a in range(1, company.treatments):
            worth[:, a] = planner.worth(step.standing, k, np.full(customers, a)) - base
        stated.gain.append(gain[there])
        stated.half.append(half[there])
        stated.truth.append(worth[row, treatment][there])
        stated.chosen.append((step.treatment[row] == treatment)[there])
        stated.cell.append((step.view.phase[row] * company.treatments + treatment)[there])
    return stated.columns(), found.contest.ranks, time.process_time() - began


def report(found: dict[str, Floats]) -> dict[str, float]:
    """Shares and means."""
    away = found["truth"] - found["gain"]
    held, below = np.abs(away) <= found["half"], away < -found["half"]
    chosen = found["chosen"] > 0
    return {
        "candidates": len(held),
        "held": float(held.mean()),
        "chosen": int(chosen.sum()),
        "chosen held": float(held[chosen].mean()) if chosen.any() else np.nan,
        "chosen below": float(below[chosen].mean()) if chosen.any() else np.nan,
        "average held": _averages(found, chosen),
        "stated": float(found["gain"][chosen].mean()) if chosen.any() else 0.0,
        "true": float(found["truth"][chosen].mean()) if chosen.any() else 0.0,
        "half width": float(np.median(found["half"][chosen])) if chosen.any() else np.nan,
    }


def _averages(found: dict[str, Floats], chosen: Any) -> float:
    """Share of decisions chosen in a phase and treatment whose mean truth lies within the mean interval."""
    if not chosen.any():
        return np.nan
    _, cell, rows = np.unique(found["cell"][chosen], return_inverse=True, return_counts=True)
    gain, truth, half = (np.bincount(cell, found[n][chosen]) / rows for n in ("gain", "truth", "half"))
    return float(rows[np.abs(truth - gain) <= half].sum() / rows.sum())


def main() -> None:
    """Print a line a company, and the mean."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawn.intervals")
    parser.add_argument("--seeds", default="100,101,102,103,104,105")
    parser.add_argument("--journeys", type=int, default=5_000)
    parser.add_argument("--customers", type=int, default=200)
    options = parser.parse_args()
    lines = []
    for seed in map(int, options.seeds.split(",")):
        found, money, seconds = measure(seed, options.journeys, options.customers)
        figures = report(found)
        lines.append(figures)
        told = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
        print(f"{seed}: {'money' if money else 'phases'} rank, {told}, {seconds:.0f} CPU s", flush=True)
    for name in lines[0]:
        print(f"{name:16}{np.nanmean([each[name] for each in lines]):10.3f}")


if __name__ == "__main__":
    main()

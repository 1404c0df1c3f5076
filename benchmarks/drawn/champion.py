"""What a champion's effects are worth as the prior of a training with few rows.

    python -m benchmarks.drawn.champion --seeds 4000,4001,4002 --champion 5000 --journeys 1500

In drawn companies: a champion learned from one log, then a smaller log of other customers that holds nothing
of the first. The learner on the small log alone, from the champion's effects on, and from those of a champion
whose treatments were mixed up; each as a share of the gap, with what other customers confirm (twice the log
likelihood), by which a training would choose. Scale and centres are the champion's for all three.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from benchmarks.drawn.learning import AdvantagePolicy, problem_of, rows_of
from benchmarks.drawn.run import company_of
from models.arrays import Ints
from models.learned.advantage.model import Advantage, Effects
from training.fit.advantage.fit import Fitted, fit_advantage
from training.fit.advantage.learner import Prior
from training.simulator.drawn.policies import Always, Random
from training.simulator.drawn.rollout import Evaluator, make_log

Line = dict[str, tuple[float, float]]


def measure(seed: int, champion: int, journeys: int, customers: int) -> Line:
    """Share of the gap, and what other customers confirm of the effects at once."""
    company = company_of(seed)
    before = fit_advantage(problem_of(company), rows_of(make_log(company, champion, seed=1)))
    rows = rows_of(make_log(company, journeys, seed=3))
    evaluator = Evaluator(company, customers, seed=2)
    low, best = evaluator.measure(Random()).mean, float(evaluator.best.mean())
    order = np.append(0, 1 + np.random.default_rng(seed).permutation(company.treatments - 1))

    def figures(fitted: Fitted) -> tuple[float, float]:
        earned = evaluator.measure(AdvantagePolicy(fitted.frame, fitted.advantage.gain)).mean
        return (earned - low) / (best - low), fitted.moves.explained + fitted.money.explained

    def learned(prior: Prior | None) -> tuple[float, float]:
        return figures(fit_advantage(problem_of(company), rows, before.frame, prior))

    nothing = (evaluator.measure(Always(0)).mean - low) / (best - low)
    return {
        "do nothing": (nothing, 0.0),
        "champion": figures(before),
        "alone": learned(None),
        "from the champion": learned(_prior(before.advantage, np.arange(company.treatments))),
        "from a wrong one": learned(_prior(before.advantage, order)),
    }


def _prior(advantage: Advantage, order: Ints) -> Prior:
    """The effects at once, those of treatment ``order[a]`` for ``a``, as far as evidence supports them."""

    def mixed(effects: Effects) -> Effects:
        return replace(
            effects,
            by_phase=effects.by_phase[:, order],
            by_attribute=effects.by_attribute[order],
            by_recent=effects.by_recent[order],
        )

    assert advantage.moves is not None
    return Prior(mixed(advantage.moves), mixed(advantage.money))


def main() -> None:
    """Print a line a company, and means with the spread of differences."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawn.champion")
    parser.add_argument("--seeds", default="4000,4001,4002,4004,4005,4007")
    parser.add_argument("--champion", type=int, default=5_000, help="journeys of the champion's log")
    parser.add_argument("--journeys", type=int, default=1_500)
    parser.add_argument("--customers", type=int, default=500)
    options = parser.parse_args()
    lines: list[Line] = []
    for seed in map(int, options.seeds.split(",")):
        lines.append(measure(seed, options.champion, options.journeys, options.customers))
        told = ", ".join(f"{name} {share:.3f} ({found:.1f})" for name, (share, found) in lines[-1].items())
        print(f"{seed}: {told}", flush=True)
    alone = np.array([line["alone"][0] for line in lines])
    for name in lines[0]:
        away = np.array([line[name][0] for line in lines]) - alone
        spread = away.std(ddof=1) / np.sqrt(len(away)) if len(away) > 1 else np.nan
        mean = np.mean([line[name][0] for line in lines])
        print(f"{name:20}{mean:7.3f}  minus alone {away.mean():+.3f} ± {spread:.3f}")


if __name__ == "__main__":
    main()

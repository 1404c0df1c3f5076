"""``python -m benchmarks.drawn``: policies over drawn companies, as shares of the gap to the planner.

    python -m benchmarks.drawn --seeds development --first 20 --journeys 5000

Methods are changed while looking at the development seeds (0 to 99) alone. The final seeds (1000 to 1099)
are for the figures that are published, and are run once. Results are kept in ``var/drawn``; a run that was
stopped goes on, and what depends on changed code is measured anew. The policies of ``bandits`` need the
extra ``rivals``; where its packages are missing they are left out, and refused if they were asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.drawn.bandits import missing
from benchmarks.drawn.run import BY_DEFAULT, CODE, Task, company_of, run
from benchmarks.drawn.tables import by_kind, summary

SEEDS: Final = {"development": range(100), "final": range(1000, 1100), "hand-made": range(-2, 0)}
FOLDER: Final = Path(__file__).resolve().parents[2] / "var/drawn"


def _seeds(text: str) -> Iterable[int]:
    if text in SEEDS:
        return SEEDS[text]
    return [int(part) for part in text.split(",")]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure what is missing, then print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawn")
    parser.add_argument("--seeds", default="development", help="development, final, hand-made, or numbers")
    parser.add_argument("--first", type=int, default=40, help="how many of the seeds")
    parser.add_argument("--journeys", type=int, default=5_000, help="0: as many as each company has")
    parser.add_argument("--customers", type=int, default=1_000, help="new customers who are rolled out")
    parser.add_argument("--policies", default=",".join(BY_DEFAULT), help=f"of {', '.join(CODE)}")
    options = parser.parse_args()
    seeds = [*_seeds(options.seeds)][: options.first]
    groups = tuple(options.policies.split(","))
    if unknown := [group for group in groups if group not in CODE]:
        parser.error(f"no such policies: {', '.join(unknown)}")
    if "bandits" in groups and missing():
        parser.error(f"bandits need {', '.join(missing())}: pip install -e '.[rivals]', or leave them out")
    results = {
        seed: run(Task(seed, options.journeys, options.customers), FOLDER, groups, _say) for seed in seeds
    }
    names = [*results[seeds[0]]]
    reference = "ours" if "ours" in names else names[-1]
    print(summary(results, names, reference))
    print(by_kind(results, names, {seed: company_of(seed).traits for seed in seeds}))


if __name__ == "__main__":
    main()

"""CPU seconds of a whole training, beside the bare LightGBM fits of its two models in the same run.

    python -m benchmarks.training                              # 20,800 decisions
    python -m benchmarks.training --customers 11600            # 301,600 decisions

A history is simulated, then `nba train` runs in this process (load, validate, rows, features, fits, policy
values, gate, bundle, report) with 200 iterations of both models and no early stopping. The matrices that went
into the two models are kept, and LightGBM alone is run on them again with the same settings. CPU seconds
are of all threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import lightgbm
from click.testing import CliRunner

from models.learned.trees import boosting
from models.learned.trees.boosting import Grower
from models.registry import Registry
from training.config import read_config
from training.run.dataset import load_dataset
from training.run.learning import Task
from training.run.pipeline import Run, train
from training.run.progress import Progress
from training.simulator.cli import simulate

SOLAR = Path(__file__).resolve().parents[1] / "examples" / "solar"
ITERATIONS = 200


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=800)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "history"
        arguments = ["--world", SOLAR / "simulator.yaml", "--customers", options.customers, "--out", data]
        arguments += ["--ends-at", "2026-11-20", "--seed", 4]
        done = CliRunner().invoke(simulate, [str(a) for a in arguments], catch_exceptions=False)
        print(done.output.strip().splitlines()[-1])
        ratios = [one_run(data, Path(folder) / f"run-{number}") for number in range(options.runs)]
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"whole pipeline ÷ bare fits: {statistics.median(ratios):.2f} ({shown})")


def one_run(data: Path, folder: Path) -> float:
    """Train, fit again bare, and compare."""
    kept: list[tuple[Grower, Any, int]] = []
    grow = Grower.grow

    def keeping(
        self: Grower, start: Any, *, iterations: int, leaves: int, **others: Any
    ) -> boosting.Grown | None:
        if iterations == ITERATIONS:
            kept.append((self, start, leaves))
        return grow(self, start, iterations=iterations, leaves=leaves, **others)

    Grower.grow = keeping  # type: ignore[method-assign, assignment]
    sizes = {"response_iterations": ITERATIONS, "baseline_iterations": ITERATIONS, "early_stopping_rounds": 0}
    config = replace(read_config(SOLAR / "training.yaml"), trees=sizes)
    progress = Progress(clock=time.process_time)
    begin = time.process_time()
    run = Run(
        task=Task(dataset=load_dataset(config, data, progress), seed=1, progress=progress),
        registry=Registry(folder / "registry"),
        reports=folder / "reports",
        now=datetime.now(UTC),
    )
    train(run)
    whole = time.process_time() - begin
    Grower.grow = grow  # type: ignore[method-assign]
    print("  " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in progress.seconds.items()))
    bare = [bare_fit(*each) for each in kept]
    print(f"  whole {whole:.1f} CPU s; bare fits {' + '.join(f'{b:.1f}' for b in bare)} CPU s")
    return whole / sum(bare)


def bare_fit(grower: Grower, start: Any, leaves: int) -> float:
    """CPU seconds of LightGBM alone, bins included, on the same matrix."""
    settings = boosting._settings(start, leaves, grower._parameters, 1)
    begin = time.process_time()
    dataset = grower._dataset(grower.rows, settings).construct().set_init_score(start[grower.rows])
    lightgbm.train(settings, dataset, num_boost_round=ITERATIONS)
    return time.process_time() - begin


if __name__ == "__main__":
    main()

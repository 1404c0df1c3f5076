"""The trainings on real data, beside the figures that they must reach.

    python -m benchmarks.real_data [--data ../shared/data] [starbucks bank loan hillstrom crm]

Trains into a temporary registry and prints each figure with its threshold; exits 1 if one is missed.
Takes about five minutes on two cores. Figures measured so far: docs/benchmarks/learning.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.registry import Registry
from training.config import read_config
from training.run.dataset import load_dataset
from training.run.learning import Task
from training.run.pipeline import Run, train
from training.run.progress import Progress

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "starbucks": "starbucks",
    "bank": "bank_marketing",
    "loan": "bpic2012",
    "hillstrom": "hillstrom",
    "crm": "crm_opportunities",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the metrics; ``least`` or ``most`` is the threshold, neither: for information."""

    example: str
    name: str
    read: Callable[[Mapping[str, Any]], float]
    least: float | None = None
    most: float | None = None

    def reached(self, value: float) -> bool | None:
        if self.least is None and self.most is None:
            return None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def response(part: str, key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda m: m["response"]["subsets"][part][key]


def states(key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda m: m["transition"]["subsets"]["states"][key]


def not_below(example: str, policy: str) -> Figure:
    """Ours minus the policy, doubly robust and paired: its interval must reach zero at least."""
    return Figure(
        example=example,
        name=f"ours minus {policy}, upper bound",
        read=lambda m: m["policy_value"]["ours_minus"][policy]["high"],
        least=0.0,
    )


FIGURES = (
    *(
        not_below("starbucks", policy)
        for policy in (
            "do nothing",
            "always offer_6",
            "response ranking",
            "p × value ranking",
            "uplift ranking",
        )
    ),
    *(
        not_below("hillstrom", policy)
        for policy in (
            "do nothing",
            "always mens_email",
            "always womens_email",
            "response ranking",
            "uplift ranking",
        )
    ),
    Figure(
        example="crm",
        name="no skill at entry: AUC",
        read=lambda m: m["response"]["overall"]["auc"],
        least=0.47,
        most=0.53,
    ),
    Figure(
        example="starbucks",
        name="completion AUC, waves 504 and 576 h",
        read=response("completion", "auc"),
        least=0.86,
    ),
    Figure(
        example="starbucks", name="completion log-loss", read=response("completion", "log_loss"), most=0.47
    ),
    Figure(
        example="starbucks",
        name="completion rows",
        read=response("completion", "rows"),
        least=20_412,
        most=20_412,
    ),
    Figure(example="starbucks", name="completion AUC of the table", read=response("completion", "table_auc")),
    Figure(
        example="bank",
        name="AUC, random split",
        read=lambda m: m["response"]["random_split"]["overall"]["auc"],
        least=0.79,
    ),
    Figure(example="bank", name="AUC, time split", read=lambda m: m["response"]["overall"]["auc"]),
    Figure(example="loan", name="next A_/O_ state, top-1", read=states("top_1"), least=0.78),
    Figure(example="loan", name="next A_/O_ state, log-loss", read=states("log_loss"), most=0.60),
    Figure(example="loan", name="3-gram on the same rows, top-1", read=states("order_3_top_1")),
    Figure(example="loan", name="3-gram on the same rows, log-loss", read=states("order_3_log_loss")),
)


def measure(example: str, data: Path, **rows: Any) -> tuple[Mapping[str, Any], float]:
    """Metrics of one training, and its seconds; ``rows``: changes to that section of the configuration."""
    config = read_config(ROOT / "examples" / example / "training.yaml")
    config = replace(config, rows=replace(config.rows, **rows))
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        dataset = load_dataset(config, data / FOLDERS[example], Progress())
        run = Run(
            task=Task(dataset=dataset, seed=config.seed, progress=Progress()),
            registry=Registry(Path(folder) / "registry"),
            reports=Path(folder) / "reports",
            now=datetime.now(UTC),
        )
        result = train(run)
    return result.manifest.provenance.metrics, time.perf_counter() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("examples", nargs="*", default=[*FOLDERS], help=", ".join(FOLDERS))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    missed = 0
    for example in options.examples:
        metrics, seconds = measure(example, options.data)
        print(f"{example}: trained and evaluated in {seconds:.0f} s")
        for figure in (each for each in FIGURES if each.example == example):
            value = figure.read(metrics)
            verdict = {True: "reached", False: "MISSED", None: ""}[figure.reached(value)]
            wanted = f">= {figure.least:g}" if figure.least is not None else ""
            wanted = f"<= {figure.most:g}" if figure.least is None and figure.most is not None else wanted
            print(f"  {figure.name:<40}{value:>12.4f}  {wanted:<10} {verdict}")
            missed += figure.reached(value) is False
        if example == "starbucks":
            _purged(options.data)
    return 1 if missed else 0


def _purged(data: Path) -> None:
    """What is left when only answers that were final before the test began are learned from."""
    for name, early in (("purged", "drop"), ("weighed", "weigh")):
        metrics, _ = measure("starbucks", data, purge=True, early_labels=early)
        for key in ("auc", "log_loss"):
            value = response("completion", key)(metrics)
            print(f"  {f'completion {key}, early answers {name}':<40}{value:>12.4f}")


if __name__ == "__main__":
    sys.exit(main())

"""Off-policy evaluation on the Open Bandit data: impressions of a shop, logged by two policies.

    python -m benchmarks.open_bandit [--data ../shared/data/open_bandit]

For each file: what the logging policy itself earned (its click rate, weights of one), and what showing items
evenly would have earned. The random policy's files must agree with their own click rate. The files of
Thompson sampling answer where the weights carry it; ``bts_women``, where one row weighs 21,739 and the mean
weight is 3.1 instead of 1, must be refused. There is no user id, so each impression is resampled by itself.
The data is not ours to copy: without its folder this says so and ends. A few seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.csv as csv

from training.evaluation.off_policy.off_policy import LoggedDecisions, PolicyValue, evaluate
from training.evaluation.off_policy.reward_model import FOLDS, customer_folds

ROOT: Final = Path(__file__).resolve().parents[1]
ITEMS: Final = {"all": 80, "men": 34, "women": 46}
FILES: Final = tuple(f"{policy}_{campaign}" for policy in ("random", "bts") for campaign in ITEMS)
SHRINK: Final = 200.0


def read(path: Path) -> dict[str, Any]:
    """The columns that an evaluation needs."""
    wanted = ["item_id", "click", "propensity_score"]
    table = csv.read_csv(path, convert_options=csv.ConvertOptions(include_columns=wanted))
    return {name: table.column(name).to_numpy() for name in wanted}


def uniform_target(columns: dict[str, Any], items: int, rng: np.random.Generator) -> LoggedDecisions:
    """Showing every item equally often; the model is the item's click rate, shrunk, by folds."""
    item, click = columns["item_id"], columns["click"].astype(np.float64)
    n = len(item)
    fold = customer_folds(n, rng)
    logged, target = np.empty(n), np.empty(n)
    for number in range(FOLDS):
        mine, learn = fold == number, fold != number
        shown = np.bincount(item[learn], minlength=items)
        clicked = np.bincount(item[learn], click[learn], minlength=items)
        rate = (clicked + SHRINK * click[learn].mean()) / (shown + SHRINK)
        logged[mine], target[mine] = rate[item[mine]], rate.mean()
    return LoggedDecisions(
        customer=np.arange(n),
        reward=click,
        logged=columns["propensity_score"],
        target=np.full(n, 1.0 / items),
        model_logged=logged,
        model_target=target,
    )


def measure(folder: Path, rng: np.random.Generator) -> Iterator[tuple[str, PolicyValue, PolicyValue]]:
    """File, the logging policy's own value, and the value of showing items evenly."""
    for name in FILES:
        path = folder / f"{name}.csv.gz"
        columns = read(path)
        click = columns["click"].astype(np.float64)
        one = np.ones(len(click))
        own = LoggedDecisions(customer=np.arange(len(click)), reward=click, logged=one, target=one)
        even = uniform_target(columns, ITEMS[name.partition("_")[2]], rng)
        yield name, evaluate(own, rng), evaluate(even, rng)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/open_bandit")
    folder = parser.parse_args().data
    if not folder.is_dir():
        raise SystemExit(
            f"no Open Bandit files at {folder}; pass --data FOLDER (obp 0.5.7's source has them)"
        )
    for name, own, even in measure(folder, np.random.default_rng(20261122)):
        rate = own.estimates["ips"]
        print(f"{name}: click rate {rate.value:.4f} ({rate.low:.4f} to {rate.high:.4f})")
        weights = f"n effective {even.effective_sample_size:.0f}, mean weight {even.mean_weight:.2f}"
        print(f"  items evenly: {weights}, largest weight {even.largest_weight:.0f}")
        for estimator, e in even.estimates.items():
            if estimator != "dm":  # a model's own estimate is never shown
                print(f"    {estimator:6}{e.value:.6f} ({e.low:.4f} to {e.high:.4f})")
        for reason in even.refused:
            print(f"    refused: {reason}")


if __name__ == "__main__":
    main()

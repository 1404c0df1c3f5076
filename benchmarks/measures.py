"""How often intervals of measures hold the truth, and how often the sample-ratio check is wrong.

    python -m benchmarks.measures

Simulated experiments with skewed values that hang on earlier ones: 2,000 customers, one in ten in the control
arm. A minute on one core; the suite runs smaller ones (tests/models/measures/).
"""

from __future__ import annotations

import numpy as np

from models.measures.customers import Customers
from models.measures.fair_draw import p_value
from models.measures.intervals import always
from models.measures.lift import compare

EXPERIMENTS = 10_000
CUSTOMERS = 2_000
GAIN = 1.5
LOOKS = 28


def main() -> None:
    rng = np.random.default_rng(20_261_129)
    found = [experiment(rng) for _ in range(EXPERIMENTS)]
    once, daily = np.mean(found, axis=0)
    print(f"interval for one look: holds the truth in {once:.2%} of {EXPERIMENTS:,}")
    print(f"interval for every day, looked at once: {daily:.2%}")
    print(f"interval for every day, at {LOOKS} looks together: {looks(rng):.2%}")
    print(f"sample ratio, 95/5, 20 looks: {false_alarms(rng):.2%} false alarms")


def experiment(rng: np.random.Generator) -> tuple[bool, bool]:
    """Whether both intervals of one experiment hold the truth."""
    ours = rng.random(CUSTOMERS) < 0.9
    earlier = rng.exponential(10.0, CUSTOMERS)
    value = 0.6 * earlier + rng.exponential(8.0, CUSTOMERS) + GAIN * ours
    zero = np.zeros(CUSTOMERS, dtype=np.int64)
    codes, floats = zero.astype(np.int32), zero.astype(np.float64)
    customers = Customers(
        key=zero.astype(np.uint64), arm=codes, bundle=codes, mixed=zero > 0, decisions=zero, contacts=zero,
        responses=zero, value=value, cost=floats, earlier=earlier,
    )  # fmt: skip
    result = compare(customers, ours, ~ours, ("treatment", "random"))
    assert result.once is not None
    assert result.difference is not None
    return (
        result.once.low <= GAIN <= result.once.high,
        result.difference.low <= GAIN <= result.difference.high,
    )


def looks(rng: np.random.Generator) -> float:
    """Share of experiments without effect in which no look of a period leaves the truth out."""
    walks = rng.standard_normal((EXPERIMENTS, LOOKS)).cumsum(axis=1)
    half = [always(0.0, day + 1.0, (day + 1) / LOOKS).high for day in range(LOOKS)]
    return float((np.abs(walks) <= np.array(half)).all(axis=1).mean())


def false_alarms(rng: np.random.Generator) -> float:
    """Share of fair draws in which some look objects."""
    design = {"treatment": 0.95, "random": 0.05}
    alarms = 0
    for _ in range(EXPERIMENTS):
        small = rng.binomial(500, 0.05, size=20).cumsum().tolist()
        sizes = [{"treatment": 500 * (look + 1) - n, "random": n} for look, n in enumerate(small)]
        alarms += min(p_value(design, counts) for counts in sizes) < 0.01
    return alarms / EXPERIMENTS


if __name__ == "__main__":
    main()

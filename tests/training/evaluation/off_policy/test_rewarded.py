"""How many rewards a value rests on."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.off_policy import LoggedDecisions, PolicyValue, evaluate
from training.evaluation.off_policy.rewarded import disagreement, rewarded


def a_log(rng: np.random.Generator, chance: float, n: int = 6_000) -> LoggedDecisions:
    """Two treatments by a coin, the target takes the first; one in ``1 / chance`` brings 100, all cost 1."""
    return LoggedDecisions(
        customer=np.arange(n),
        reward=100.0 * (rng.random(n) < chance) - 1.0,
        logged=np.full(n, 0.5),
        target=(rng.random(n) < 0.5).astype(np.float64),
    )


def test_rewards_that_count_are_those_under_the_target() -> None:
    """Customers with weight 2 and a reward: all alike, so each counts one."""
    log = a_log(np.random.default_rng(1), 0.004)
    found = rewarded(log, np.ones(6_000), evaluate(log, np.random.default_rng(2), 50))

    bought = ((log.reward > 0) & (log.target == 1)).sum()
    assert found.events == pytest.approx(bought)
    assert found.too_few == (bought < 10)


def test_few_rewards_get_a_wider_interval_that_holds() -> None:
    """0.3 % of 6,000 decisions bring 100: the truth is 0.3 - 1 EUR, and 95 % of intervals hold it."""
    held = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        log = a_log(rng, 0.003)
        found = rewarded(log, np.ones(6_000), evaluate(log, rng, 50))
        assert found.interval is not None
        held.append(found.interval.low <= -0.7 <= found.interval.high)

    assert np.mean(held) >= 0.93


def test_frequent_rewards_keep_the_bootstrap() -> None:
    log = a_log(np.random.default_rng(3), 0.3)

    assert rewarded(log, np.ones(6_000), evaluate(log, np.random.default_rng(4), 50)).interval is None


@pytest.mark.parametrize(("snips", "told"), [(1.0, False), (1.8, False), (3.0, True)])
def test_estimates_that_exclude_each_other_are_told(snips: float, told: bool) -> None:
    value = PolicyValue(
        estimates={
            "dr": Estimate(value=1.0, low=0.5, high=1.5),
            "snips": Estimate(value=snips, low=snips - 0.9, high=snips + 0.9),
        },
        decisions=1,
        customers=1,
        effective_sample_size=1.0,
        largest_weight=1.0,
        overlap=1.0,
        mean_weight=1.0,
        refused=(),
    )

    assert (disagreement(value) is not None) is told

"""What answers state is set against what later decisions show, in bins."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.figures.stated_gains import BINS, FEWEST, stated_gains


def test_gains_that_come_true_lie_on_the_line_and_overstated_ones_below() -> None:
    rng = np.random.default_rng(1)
    stated = np.where(rng.random(20_000) < 0.2, 0.0, rng.gamma(2.0, 2.0, 20_000))
    noise = rng.normal(0, 5, 20_000)
    customer = np.arange(20_000) // 4

    honest = stated_gains(customer, stated, stated + noise, rng, 200)
    boastful = stated_gains(customer, stated, stated / 3 + noise, rng, 200)

    assert len(honest) == BINS
    assert sum(each.decisions for each in honest) == int((stated > 0).sum())
    assert [each.stated for each in honest] == sorted(each.stated for each in honest)
    assert sum(each.gained.low <= each.stated <= each.gained.high for each in honest) >= BINS - 1
    assert all(each.gained.high < each.stated for each in boastful[2:])


@pytest.mark.parametrize(("acting", "bins"), [(0, 0), (FEWEST - 1, 0), (FEWEST, 1), (3 * FEWEST, 3)])
def test_few_decisions_have_few_bins(acting: int, bins: int) -> None:
    stated = np.append(np.linspace(1, 2, acting), np.zeros(50))
    found = stated_gains(np.arange(len(stated)), stated, stated, np.random.default_rng(1), 50)

    assert len(found) == bins


def test_in_json_it_is_plain_numbers() -> None:
    stated = np.full(FEWEST, 2.0)
    (found,) = stated_gains(np.arange(FEWEST), stated, stated, np.random.default_rng(1), 50)

    assert found.to_json() == {"decisions": FEWEST, "stated": 2.0, "value": 2.0, "low": 2.0, "high": 2.0}

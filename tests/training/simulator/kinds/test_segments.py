"""Segment and score explain half of the fit each, and are what the customers table holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.simulator.kinds.segments import SEGMENTS
from training.simulator.world.world import World


def test_the_fit_is_half_segment_and_half_score(benchmark_world: Callable[[str], World]) -> None:
    rows, fit = benchmark_world("base").attributes(40_000, np.random.default_rng(1))
    score = np.array([row["score"] for row in rows])
    segment = np.array([SEGMENTS.index(row["segment"]) for row in rows])
    means = np.array([fit[segment == s].mean() for s in range(len(SEGMENTS))])

    assert np.var(fit) == pytest.approx(1.0, abs=0.03)
    assert np.corrcoef(fit, score)[0, 1] ** 2 == pytest.approx(0.5, abs=0.02)
    assert np.corrcoef(fit, means[segment])[0, 1] ** 2 == pytest.approx(0.5, abs=0.02)

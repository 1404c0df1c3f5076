"""The phase model is corrected on later rows, and left alone where that does not help."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.transition.calibration import fit_level, fit_phase_calibration


def drawn(logits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)


def test_trees_that_say_twice_too_much_are_halved() -> None:
    rng = np.random.default_rng(1)
    learned = rng.normal(0, 2, (20_000, 3))
    phase = np.zeros(20_000, dtype=np.int64)

    found = fit_phase_calibration(
        fixed=np.zeros((20_000, 3)),
        learned=learned,
        phase=phase,
        next_phase=drawn(0.5 * learned, rng),
        customer=np.arange(20_000),
    )

    assert found.scale == pytest.approx(0.5, abs=0.05)


def test_what_is_right_is_left_alone() -> None:
    """With 60 rows a fit is mostly luck, so half of the customers do not confirm it for the other half."""
    rng = np.random.default_rng(2)
    learned = rng.normal(0, 1, (60, 3))

    found = fit_phase_calibration(
        fixed=np.zeros((60, 3)),
        learned=learned,
        phase=np.zeros(60, dtype=np.int64),
        next_phase=drawn(learned, rng),
        customer=np.arange(60),
    )

    assert found.scale == 1.0
    assert not found.shift.any()


def test_a_level_brings_the_average_to_what_was_seen() -> None:
    """In phase 1 a third goes to each phase though the baseline says otherwise; phase 0 has no rows."""
    logits = np.tile([2.0, 0.0, -1.0], (30_000, 1))
    phase = np.ones(30_000, dtype=np.int64)

    shift, variance = fit_level(logits=logits, phase=phase, next_phase=np.arange(30_000) % 3)

    chance = np.exp(logits[0] + shift[1])
    assert chance / chance.sum() == pytest.approx(np.full(3, 1 / 3), abs=1e-3)
    assert not shift[0].any()
    assert np.all(variance[1] < variance[0]), "30,000 rows tell more than none"

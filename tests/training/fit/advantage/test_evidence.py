"""Evidence: shares that the other half of the customers confirms."""

from __future__ import annotations

import numpy as np
import pytest

from training.fit.advantage.evidence import confirm, non_negative
from training.fit.advantage.learner import Learned


def half(residual: np.ndarray) -> Learned:
    """Residuals with noise of variance one; nothing else of a half is asked for."""
    rest = {"advantage": None, "waiting": None, "coefficients": None, "posterior": None}
    return Learned(residual=residual, noise=np.ones(len(residual)), **rest)  # type: ignore[arg-type]


def test_shares_are_what_the_other_half_says() -> None:
    """Residuals are 0.8 of the first part and nothing of the second."""
    rng = np.random.default_rng(1)
    parts = [rng.standard_normal((4_000, 2)) for _ in (0, 1)]
    halves = [half(0.8 * z[:, 0] + rng.standard_normal(4_000)) for z in parts]

    evidence = confirm(parts, halves)

    assert evidence.kept[0] == pytest.approx(0.8, abs=0.05)
    assert evidence.kept[1] < 0.05


def test_chance_is_kept_rarely() -> None:
    rng = np.random.default_rng(2)
    kept = []
    for _ in range(200):
        parts = [rng.standard_normal((300, 2)) for _ in (0, 1)]
        kept.append(any(confirm(parts, [half(rng.standard_normal(300)) for _ in (0, 1)]).kept))

    assert np.mean(kept) < 0.08


def test_effects_that_the_other_half_contradicts_are_dropped() -> None:
    rng = np.random.default_rng(3)
    parts = [rng.standard_normal((2_000, 2)) for _ in (0, 1)]
    halves = [half(-z[:, 0] + rng.standard_normal(2_000)) for z in parts]

    assert confirm(parts, halves).kept[0] == 0


def test_the_best_non_negative_coefficients_are_found() -> None:
    gram = np.array([[2.0, 0.5], [0.5, 1.0]])

    assert non_negative(gram, np.array([2.5, 1.5])) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert non_negative(gram, np.array([2.0, -1.0])) == pytest.approx([1.0, 0.0], abs=1e-6)
    assert not non_negative(gram, np.array([-2.0, -1.0])).any()

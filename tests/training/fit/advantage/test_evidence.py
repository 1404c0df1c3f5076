"""Evidence: shares that other customers confirm."""

from __future__ import annotations

import numpy as np
import pytest

from training.fit.advantage.evidence import confirm, non_negative


def test_shares_are_what_other_customers_say() -> None:
    """Residuals are 0.8 of the first part and nothing of the second."""
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((8_000, 2))

    evidence = confirm(parts, 0.8 * parts[:, 0] + rng.standard_normal(8_000), np.ones(8_000), 4.0)

    assert evidence.kept[0] == pytest.approx(0.8, abs=0.05)
    assert evidence.kept[1] < 0.05


def test_chance_is_kept_rarely() -> None:
    rng = np.random.default_rng(2)
    kept = []
    for _ in range(200):
        parts = rng.standard_normal((600, 2))
        kept.append(any(confirm(parts, rng.standard_normal(600), np.ones(600), 4.0).kept))

    assert np.mean(kept) < 0.08


def test_effects_that_other_customers_contradict_are_dropped() -> None:
    rng = np.random.default_rng(3)
    parts = rng.standard_normal((4_000, 2))

    assert confirm(parts, rng.standard_normal(4_000) - parts[:, 0], np.ones(4_000), 4.0).kept[0] == 0


def test_the_best_non_negative_coefficients_are_found() -> None:
    gram = np.array([[2.0, 0.5], [0.5, 1.0]])

    assert non_negative(gram, np.array([2.5, 1.5])) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert non_negative(gram, np.array([2.0, -1.0])) == pytest.approx([1.0, 0.0], abs=1e-6)
    assert not non_negative(gram, np.array([-2.0, -1.0])).any()

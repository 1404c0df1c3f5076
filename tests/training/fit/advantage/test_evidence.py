"""Evidence: shares that other customers confirm."""

from __future__ import annotations

import numpy as np
import pytest

from models.arrays import Ints
from training.fit.advantage.evidence import confirm, non_negative


def test_shares_are_what_other_customers_say() -> None:
    """Residuals are 0.8 of the first part and nothing of the second."""
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((8_000, 2))

    evidence = confirm(
        parts, 0.8 * parts[:, 0] + rng.standard_normal(8_000), np.ones(8_000), np.arange(8_000)
    )

    assert evidence.kept[0] == pytest.approx(0.8, abs=0.05)
    assert evidence.kept[1] < 0.05


def test_chance_is_kept_rarely() -> None:
    rng = np.random.default_rng(2)
    kept = []
    for _ in range(200):
        parts = rng.standard_normal((600, 2))
        kept.append(any(confirm(parts, rng.standard_normal(600), np.ones(600), np.arange(600)).kept))

    assert np.mean(kept) < 0.02


@pytest.mark.parametrize(
    ("customers", "kept"), [(np.arange(4_000), True), (np.zeros(4_000, np.int64), False)]
)
def test_what_a_single_customer_says_is_no_evidence(customers: Ints, kept: bool) -> None:
    parts = np.random.default_rng(4).standard_normal((4_000, 1))
    residual = parts[:, 0] + np.random.default_rng(5).standard_normal(4_000)

    assert any(confirm(parts, residual, np.ones(4_000), customers).kept) is kept


def test_a_row_whose_noise_is_understated_does_not_decide() -> None:
    """By the stated noise of one it explains 900; as much as it alone varies, next to nothing."""
    rng = np.random.default_rng(6)
    parts, residual = rng.standard_normal((4_000, 1)), rng.standard_normal(4_000)
    parts[0], residual[0] = 10.0, 90.0

    assert confirm(parts, residual, np.ones(4_000), np.arange(4_000)).kept == (0.0,)


def test_effects_that_other_customers_contradict_are_dropped() -> None:
    rng = np.random.default_rng(3)
    parts = rng.standard_normal((4_000, 2))

    assert (
        confirm(parts, rng.standard_normal(4_000) - parts[:, 0], np.ones(4_000), np.arange(4_000)).kept[0]
        == 0
    )


def test_the_best_non_negative_coefficients_are_found() -> None:
    gram = np.array([[2.0, 0.5], [0.5, 1.0]])

    assert non_negative(gram, np.array([2.5, 1.5])) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert non_negative(gram, np.array([2.0, -1.0])) == pytest.approx([1.0, 0.0], abs=1e-6)
    assert not non_negative(gram, np.array([-2.0, -1.0])).any()

"""Probabilities of many rows are, bit by bit, those of each row alone: what is measured is what is served."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.transition.effects import softmax


@pytest.mark.parametrize("phases", range(1, 13))
@pytest.mark.parametrize("rows", [1, 255, 256, 1_003])
def test_a_rows_bits_do_not_depend_on_the_others(rows: int, phases: int) -> None:
    rng = np.random.default_rng(phases)
    logits = rng.normal(0.0, 5.0, (rows, phases))
    logits[rng.random(logits.shape) < 0.1] = -60.0
    before = logits.copy()

    together = softmax(logits)

    assert np.array_equal(together, np.concatenate([softmax(row[None]) for row in logits]))
    assert np.array_equal(logits, before)
    assert together.flags.c_contiguous
    np.testing.assert_allclose(together.sum(axis=1), 1.0, atol=1e-12)

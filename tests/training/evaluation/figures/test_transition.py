"""Next phases compared with the chain and with n-grams."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.evaluation.figures.transition import ngram, transition_figures


def test_figures_by_hand() -> None:
    """Two rows, the first right with 0.8, the second wrong with 0.25; one customer of two stays."""
    model = np.array([[0.8, 0.2], [0.25, 0.75]])
    even = np.full((2, 2), 0.5)

    found = transition_figures(np.array([0, 0]), model, even, [even, model], np.array([0, 1]))

    assert (found.rows, found.top_1, found.stays) == (2, 0.5, 0.5)
    assert found.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.25)) / 2)
    assert found.chain_log_loss == found.order_2_log_loss == pytest.approx(math.log(2))
    assert (found.order_3_top_1, found.order_3_log_loss) == (found.top_1, found.log_loss)


def test_without_rows_nothing_is_claimed() -> None:
    none = np.empty((0, 2))

    found = transition_figures(np.empty(0, dtype=int), none, none, [none, none], np.empty(0, dtype=int))

    assert found.rows == 0
    assert all(math.isnan(value) for value in (found.top_1, found.log_loss, found.stays))


def test_an_ngram_prefers_the_longest_context_it_has_seen() -> None:
    """After (0, 1) always came 2, after (2, 1) always 0; an unseen pair falls back to what followed 1."""
    context = np.array([[1, 0]] * 50 + [[1, 2]] * 50)
    label = np.array([2] * 50 + [0] * 50)

    found = ngram(context, label, np.array([[1, 0], [1, 2], [1, 1]]), 3, 2)

    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert found.argmax(axis=1)[:2].tolist() == [2, 0]
    assert found[0, 2] > 0.95
    assert abs(found[2, 0] - found[2, 2]) < 1e-9 < found[2, 0]


def test_an_ngram_that_saw_nothing_is_even() -> None:
    none = np.empty((0, 2), dtype=int)

    found = ngram(none, np.empty(0, dtype=int), np.array([[0, -1]]), 4, 2)

    assert found.tolist() == [[0.25] * 4]

"""A linear model on bins is the same model as trees."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.learned.trees.trees import Trees
from training.fit.scorecard import BINS, MOST_BINS, scorecard
from training.fit.tree_text import tree_text


def text_of(x: np.ndarray, label: np.ndarray, categorical: tuple[int, ...] = ()) -> str:
    trees = scorecard(LogisticRegression(C=1e6, max_iter=2_000), x, label, categorical)
    return tree_text(trees, x.shape[1], max(len(np.unique(label)), 2) - (len(np.unique(label)) == 2))


def test_each_code_and_what_is_missing_have_their_own_log_odds() -> None:
    """Codes 0, 1 and missing with 1, 3 and 2 positives of 4."""
    x = np.repeat(np.array([[0.0], [1.0], [np.nan]], dtype=np.float32), 4, axis=0)
    label = np.array([1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0])

    scores = Trees.from_model_string(text_of(x, label, (0,))).raw_scores(x[::4])

    assert scores == pytest.approx([-np.log(3), np.log(3), 0.0], abs=0.01)


def test_a_code_never_seen_scores_like_its_neighbour_and_nothing_runs_away() -> None:
    x = np.linspace(0, 1, 400, dtype=np.float32)[:, None]
    label = (x[:, 0] > 0.5).astype(int) ^ (np.arange(400) % 10 == 0)
    trees = Trees.from_model_string(text_of(x, label))

    low, high, far = trees.raw_scores(np.array([[0.01], [0.99], [1e6]], dtype=np.float32))

    assert low < 0 < high
    assert far == high


def test_a_number_has_a_bounded_number_of_bins_and_so_have_codes() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack((rng.normal(size=2_000), rng.integers(0, 500, 2_000))).astype(np.float32)
    trees = scorecard(LogisticRegression(), x, rng.integers(0, 2, 2_000), (1,))

    assert [len(tree.values) for tree in trees] == [BINS + 1, MOST_BINS + 1, 1]


def test_a_column_without_a_value_or_with_one_only_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack((np.full(300, np.nan), np.ones(300), rng.normal(size=300))).astype(np.float32)
    label = (x[:, 2] > 0).astype(int)
    text = text_of(x, label)

    ours = Trees.from_model_string(text).raw_scores(x)

    assert ((ours > 0) == label).mean() > 0.95
    assert np.isfinite(lightgbm.Booster(model_str=text).predict(x, pred_contrib=True)).all()


def test_several_classes_have_a_score_each() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(900, 2)).astype(np.float32)
    label = np.digitize(x[:, 0], [-0.5, 0.5])

    scores = Trees.from_model_string(text_of(x, label)).raw_scores(x)

    assert scores.shape == (900, 3)
    assert (scores.argmax(axis=1) == label).mean() > 0.9

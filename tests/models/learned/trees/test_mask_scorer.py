"""Scores are the values of the leaves that rows end in, added tree after tree."""

from __future__ import annotations

import numpy as np
import pytest

from models import kernel
from models.learned.trees.lightgbm_text import NotCompilable, parse_forest
from models.learned.trees.mask_scorer import MaskScorer


@pytest.mark.parametrize("compiled", [True, False])
def test_rows_end_where_a_walk_ends(small_tree: str, monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    if not compiled:
        monkeypatch.setattr(kernel, "native", None)
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [1.5, 0.5], [np.nan, np.nan]], dtype=np.float32)
    scorer = MaskScorer(parse_forest(small_tree))
    by_hand = [10.0, 20.0, 30.0, 10.0, 10.0]

    assert scorer.raw_scores(rows).ravel().tolist() == by_hand
    split = scorer.raw_scores_split(rows[:, :1], rows[:, 1:], np.arange(len(rows)))
    assert split.ravel().tolist() == by_hand


def test_a_forest_whose_tables_would_be_too_large_is_not_taken(
    category_tree: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Categories need tables; with no room for them the model is LightGBM's."""
    forest = parse_forest(category_tree)

    assert MaskScorer(forest).n_features == 2
    monkeypatch.setattr("models.learned.trees.mask_scorer.TABLE_BYTES", 1)
    with pytest.raises(NotCompilable):
        MaskScorer(forest)

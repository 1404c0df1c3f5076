"""Looking at every node leaves exactly the leaves that a walk could still reach."""

from __future__ import annotations

import numpy as np
import pytest

from models import kernel
from models.learned.trees.lightgbm_text import parse_forest
from models.learned.trees.node_masks import NodeMasks

ROWS = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [2.0, 1.0], [1.5, 0.5], [np.nan, np.nan]])
POSSIBLE = [0b111, 0b110, 0b100, 0b100, 0b111, 0b111]
"""A false root rules out leaves 0 and 1, a false child leaf 0; the lowest bit left is where the row ends."""


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("compiled", [True, False])
def test_false_nodes_rule_out_their_left_leaves(
    small_tree: str, monkeypatch: pytest.MonkeyPatch, kind: type, compiled: bool
) -> None:
    if not compiled:
        monkeypatch.setattr(kernel, "native", None)
    forest = parse_forest(small_tree)
    masks = NodeMasks.compile(forest, np.arange(2), 0).masks(ROWS.astype(kind))

    assert [mask & 0b111 for mask in masks[:, 0].tolist()] == POSSIBLE


def test_columns_may_begin_later(small_tree: str) -> None:
    """Only the child's node, with feature 1 as the first column."""
    forest = parse_forest(small_tree)
    masks = NodeMasks.compile(forest, np.array([1]), 1).masks(ROWS[:, 1:])

    assert [mask & 0b111 for mask in masks[:, 0].tolist()] == [0b111, 0b110, 0b111, 0b110, 0b111, 0b111]

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


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_many_rows_at_a_time_leave_what_one_row_leaves(bits: int) -> None:
    """Blocks of rows go node by node, the rest row by row; NumPy says what both should be."""
    rng = np.random.default_rng(bits)
    trees, columns, width = 5, 3, bits - 1
    nodes = NodeMasks(
        column_feature=np.array([4, 0, 4]),
        fill=np.array([0.0, -np.inf, np.nan]),
        fill32=np.array([0.0, -np.inf, np.nan], dtype=np.float32),
        column=(column := rng.integers(0, columns, trees * width)),
        threshold=(threshold := rng.normal(size=trees * width).astype(np.float32).astype(np.float64)),
        threshold32=threshold.astype(np.float32),
        mask=rng.integers(0, 2**bits, trees * width, dtype=f"u{bits // 8}"),
        groups=((0, 2 * width, width), (2 * width, 5 * width, width)),
        column32=column.astype(np.int32),
        groups64=np.array([(0, 2 * width, width), (2 * width, 5 * width, width)]),
        tree_position=np.array([3, 1, 4, 0, 2]),
        n_trees=trees,
    )
    x = rng.normal(size=(200, 5)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan

    one_by_one = np.concatenate([nodes.masks(x[i : i + 1]) for i in range(len(x))])
    assert np.array_equal(nodes.masks(x), one_by_one)
    assert np.array_equal(nodes.masks(x), nodes.masks(x.astype(np.float64)))

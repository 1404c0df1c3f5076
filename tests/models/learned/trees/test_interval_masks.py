"""Masks looked up by interval are those of the nodes, categories and missing values included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import kernel
from models.learned.trees.interval_masks import IntervalMasks, table_rows
from models.learned.trees.lightgbm_text import parse_forest
from models.learned.trees.node_masks import NodeMasks

VALUES = st.floats(width=32) | st.sampled_from([1.5, 0.5, 0.0, -0.0, float("nan"), float("inf")])


@given(x0=VALUES, x1=VALUES)
def test_they_are_the_masks_of_the_nodes(small_tree: str, x0: float, x1: float) -> None:
    forest = parse_forest(small_tree)
    x = np.array([[x0, x1]])
    nodes = NodeMasks.compile(forest, np.arange(2), 0)
    intervals = IntervalMasks.compile(forest, np.arange(2), 0)

    for kind in (np.float32, np.float64):
        assert np.array_equal(nodes.masks(x.astype(kind)), intervals.masks(x.astype(kind)))


@pytest.mark.parametrize("compiled", [True, False])
def test_categories_go_left_with_their_decimals_cut_off(
    category_tree: str, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    """Categories 0 and 2 go left: 2.9 is 2, -0.5 is 0; -1, 1, 3 and not-a-number go right."""
    if not compiled:
        monkeypatch.setattr(kernel, "native", None)
    values = np.array([0, 2, 2.9, -0.5, -1, 1, 3, np.nan], dtype=np.float32)

    masks = IntervalMasks.compile(parse_forest(category_tree), np.array([0]), 0).masks(values[:, None])

    left = [bool(mask & 0b011) for mask in masks[:, 0].tolist()]
    assert left == [True] * 4 + [False] * 4


def test_masks_narrow_those_they_are_given(small_tree: str) -> None:
    forest = parse_forest(small_tree)
    root = IntervalMasks.compile(forest, np.array([0]), 0)
    x = np.array([[1.0, 0.0], [2.0, 0.0]])
    among = np.full((2, 1), 0b101, dtype=np.uint8)

    assert root.masks(x, among).tolist() == [[0b101], [0b100]]


def test_the_cost_is_known_before_they_are_made(small_tree: str) -> None:
    forest = parse_forest(small_tree)

    assert table_rows(forest, np.arange(2)) >= len(IntervalMasks.compile(forest, np.arange(2), 0).table)

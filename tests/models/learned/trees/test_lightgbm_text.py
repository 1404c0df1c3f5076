"""The text of a model becomes arrays; what is damaged or cannot be masked is told apart."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelTextError
from models.learned.trees.lightgbm_text import NotCompilable, parse_forest


def test_leaves_are_numbered_from_left_to_right(small_tree: str) -> None:
    """Left of the root lie leaves 0 and 1 (bits 011), left of its child leaf 0 (001)."""
    forest = parse_forest(small_tree)

    assert forest.left_leaves.tolist() == [0b011, 0b001]
    assert forest.leaf_value.tolist() == [[10.0, 20.0, 30.0]]
    assert (forest.feature.tolist(), forest.threshold.tolist()) == ([0, 1], [1.5, 0.5])
    assert (forest.n_features, forest.n_classes, forest.n_trees) == (2, 1, 1)


def test_a_category_set_is_read_from_its_words(category_tree: str) -> None:
    """Word 5 is 101 in binary: categories 0 and 2 go left."""

    first, second = parse_forest(category_tree).categories

    assert first is not None
    assert first.tolist() == [0, 2]
    assert second is None


def test_thresholds_leave_the_zero_band(small_tree: str) -> None:
    """What counts as zero lies on one side of every threshold."""
    forest = parse_forest(small_tree.replace("threshold=1.5", "threshold=1e-40"))

    assert forest.threshold[0] > 1e-36


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("leaf_value=10 20 30", "leaf_value=10 20"),
        ("left_child=1 -1", "left_child=0 -1"),
        ("split_feature=0 1", "split_feature=0 2"),
        ("end of trees", ""),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2"),
        ("threshold=1.5", "threshold=high"),
    ],
)
def test_a_damaged_text_is_refused(small_tree: str, old: str, new: str) -> None:
    assert old in small_tree

    with pytest.raises(ModelTextError):
        parse_forest(small_tree.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("num_cat=0", "num_cat=0\nis_linear=1"),
        ("version=v4", "version=v9"),
        ("num_leaves=3", "num_leaves=65"),
    ],
)
def test_what_masks_cannot_say_is_left_to_lightgbm(small_tree: str, old: str, new: str) -> None:
    with pytest.raises(NotCompilable):
        parse_forest(small_tree.replace(old, new))


def test_a_single_leaf_is_a_tree(small_tree: str) -> None:
    start = small_tree.index("num_leaves")
    text = small_tree[:start] + "num_leaves=1\nleaf_value=7\n\nend of trees\n\n"

    forest = parse_forest(text)

    assert forest.leaf_value.tolist() == [[7.0]]
    assert not len(forest.feature)
    assert np.isfinite(forest.leaf_value).all()

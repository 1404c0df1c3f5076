"""A tree that can be walked by hand."""

from __future__ import annotations

import pytest

SMALL_TREE = """\
tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=1

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=1.5 0.5
decision_type=0 0
left_child=1 -1
right_child=-3 -2
leaf_value=10 20 30

end of trees

"""


@pytest.fixture(scope="session")
def small_tree() -> str:
    """x0 <= 1.5: then x1 <= 0.5: 10, else 20; else 30. Not-a-number counts as zero."""
    return SMALL_TREE


@pytest.fixture(scope="session")
def category_tree(small_tree: str) -> str:
    """The same, but at the root categories 0 and 2 go left: bits 101 are the word 5."""
    text = small_tree.replace("num_cat=0", "num_cat=1\ncat_boundaries=0 1\ncat_threshold=5")
    text = text.replace("decision_type=0 0", "decision_type=1 0")
    return text.replace("threshold=1.5 0.5", "threshold=0 0.5")

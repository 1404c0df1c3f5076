"""Trees of other libraries, written as LightGBM's text: LightGBM and our reader give the same scores."""

from __future__ import annotations

import lightgbm
import numpy as np

from models.learned.trees.trees import Trees
from training.fit.tree_text import Node, Tree, constant, tree_text

X = np.array([[1.0, 0.0], [1.5, 0.0], [np.nan, 5.0], [9.0, np.nan]], dtype=np.float32)


def stump(missing_left: bool) -> Tree:
    """1 up to and including 1, else 10."""
    node = Node(column=0, threshold=1.0, missing_left=missing_left, left=-1, right=-2, rows=4)
    return Tree(nodes=[node], values=[1.0, 10.0], rows=[1, 3])


def both(text: str) -> list[float]:
    ours = Trees.from_model_string(text).raw_scores(X)
    theirs = lightgbm.Booster(model_str=text).predict(X, raw_score=True)
    assert np.array_equal(ours, theirs)
    found: list[float] = ours.tolist()
    return found


def test_a_threshold_goes_left_and_what_is_missing_where_the_node_says() -> None:
    assert both(tree_text([stump(missing_left=False)], columns=2, scores=1)) == [1.0, 10.0, 10.0, 10.0]
    assert both(tree_text([stump(missing_left=True)], columns=2, scores=1)) == [1.0, 10.0, 1.0, 10.0]


def test_trees_add_up_and_a_constant_is_a_tree() -> None:
    text = tree_text([constant(0.5, 4), stump(missing_left=False)], columns=2, scores=1)

    assert both(text) == [1.5, 10.5, 10.5, 10.5]


def test_several_scores_take_trees_in_turn() -> None:
    text = tree_text([constant(0.0, 4), stump(missing_left=False), constant(-1.0, 4)], columns=2, scores=3)

    assert both(text)[:2] == [[0.0, 1.0, -1.0], [0.0, 10.0, -1.0]]


def test_a_node_under_a_node() -> None:
    """Column 0 up to 1 gives 1; else column 1 up to 2 gives 2, beyond or missing 3."""
    nodes = [
        Node(column=0, threshold=1.0, missing_left=False, left=-1, right=1, rows=4),
        Node(column=1, threshold=2.0, missing_left=False, left=-2, right=-3, rows=3),
    ]
    text = tree_text([Tree(nodes=nodes, values=[1.0, 2.0, 3.0], rows=[1, 1, 2])], columns=2, scores=1)

    assert both(text) == [1.0, 2.0, 3.0, 3.0]

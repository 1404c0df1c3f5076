"""Writes trees that another library grew as LightGBM's text.

It is the one form of trees that a bundle carries, and is read by ``models/learned/trees/lightgbm_text.py``
and by LightGBM itself, which give the same scores. Knows nodes and leaves; knows nothing of where they come
from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_DEFAULT_LEFT: Final = 2
_MISSING_NAN: Final = 8  # not-a-number is missing, and goes where the node says


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of a tree.

    Up to and including ``threshold`` goes left. ``left``, ``right``: a node, or ``-1 - leaf``."""

    column: int
    threshold: float
    missing_left: bool
    left: int
    right: int
    rows: int
    gain: float = 0.0


@dataclass(slots=True, kw_only=True)
class Tree:
    """A tree.

    Nodes after their parents, the root first; leaves with what they add and the rows in them.
    """

    nodes: list[Node] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def constant(value: float, rows: int) -> Tree:
    """A tree of a single leaf."""
    return Tree(values=[value], rows=[rows])


def tree_text(trees: Sequence[Tree], columns: int, scores: int) -> str:
    """LightGBM's text.

    Args:
        trees: tree i adds to score ``i % scores``.
        columns: of a row.
        scores: of a row; 1 is the log-odds of two classes.
    """
    objective = "binary sigmoid:1" if scores == 1 else f"multiclass num_class:{scores}"
    header = [
        "tree",
        "version=v4",
        f"num_class={scores}",
        f"num_tree_per_iteration={scores}",
        "label_index=0",
        f"max_feature_idx={columns - 1}",
        f"objective={objective}",
        "feature_names=" + " ".join(f"Column_{column}" for column in range(columns)),
        "feature_infos=" + " ".join(["none"] * columns),
    ]
    parts = ["\n".join(header), *(f"Tree={number}\n{_lines(tree)}\n" for number, tree in enumerate(trees))]
    return "\n\n".join(parts) + "\n\nend of trees\n"


def _lines(tree: Tree) -> str:
    nodes = tree.nodes
    lists: dict[str, Sequence[int | float]] = {
        "split_feature": [node.column for node in nodes],
        "split_gain": [max(float(node.gain), 0.0) for node in nodes],
        "threshold": [float(node.threshold) for node in nodes],
        "decision_type": [_MISSING_NAN + _DEFAULT_LEFT * node.missing_left for node in nodes],
        "left_child": [node.left for node in nodes],
        "right_child": [node.right for node in nodes],
        "leaf_value": [float(value) for value in tree.values],
        "leaf_weight": [float(rows) for rows in tree.rows],
        "leaf_count": tree.rows,
        "internal_value": [0.0] * len(nodes),
        "internal_weight": [float(node.rows) for node in nodes],
        "internal_count": [node.rows for node in nodes],
    }
    return "\n".join(
        [
            f"num_leaves={len(tree.values)}",
            "num_cat=0",
            *(f"{name}={' '.join(repr(value) for value in values)}" for name, values in lists.items()),
            "is_linear=0",
            "shrinkage=1",
        ]
    )

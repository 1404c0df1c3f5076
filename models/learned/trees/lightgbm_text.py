"""LightGBM's model text, read into arrays of nodes.

Knows the text format ``version=v4`` that ``Booster.model_to_string()`` writes, and refuses what it does
not know; knows nothing of how scores are computed from the nodes. The leaves of a tree are numbered from
left to right, and each node carries the set of leaves under its left child as the bits of one integer:
that is all that mask tables need.

Terms: docs/glossary.md. Why not LightGBM itself: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints, Mask
from models.errors import ModelTextError

MAX_LEAVES: Final = 64
"""Leaves of a tree are bits of one 64-bit integer."""

ZERO_BAND: Final = float(np.float32(1e-35))
"""LightGBM takes a value this near to zero for zero (``kZeroThreshold``)."""

_CATEGORICAL = 1
_DEFAULT_LEFT = 2
MISSING_ZERO: Final = 1
MISSING_NAN: Final = 2


class NotCompilable(Exception):  # noqa: N818 - says what the model is, not that something failed
    """A sound model that leaf masks cannot express.

    LightGBM has to score it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """All nodes of a model, tree after tree.

    Attributes:
        n_features: columns of a row.
        n_classes: scores of a row; tree i adds to class ``i % n_classes``.
        tree: shape (n_nodes,). The tree that a node belongs to.
        feature: shape (n_nodes,). The column that a node looks at.
        threshold: shape (n_nodes,). A value up to and including it goes left (numeric nodes).
        missing: shape (n_nodes,). What counts as missing: 0 nothing (not-a-number is then zero),
            ``MISSING_ZERO`` zero and not-a-number, ``MISSING_NAN`` not-a-number.
        default_left: shape (n_nodes,). Where what is missing goes.
        categories: per node the categories that go left; None for a numeric node.
        left_leaves: shape (n_nodes,), uint64. Bits of the leaves under the left child.
        leaf_value: shape (n_trees, most leaves), float64. From left to right; zero where there is none.
    """

    n_features: int
    n_classes: int
    tree: NDArray[np.intp]
    feature: NDArray[np.intp]
    threshold: Floats
    missing: NDArray[np.int8]
    default_left: Mask
    categories: tuple[Ints | None, ...]
    left_leaves: NDArray[np.uint64]
    leaf_value: Floats

    @property
    def n_trees(self) -> int:
        return len(self.leaf_value)


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree of the text; arrays as in ``Forest``."""

    feature: list[int]
    threshold: list[float]
    decision: list[int]
    categories: list[Ints | None]
    left_leaves: list[int]
    leaf_value: list[float]


def parse_forest(text: str) -> Forest:
    """Read a model.

    Raises:
        NotCompilable: linear or averaged trees, more than 64 leaves, another version of the text.
        ModelTextError: not a model, or a damaged one.
    """
    header_text, *tree_texts = text.split("\n\nTree=")
    header = _fields(header_text)
    if header.get("version") != "v4" or "average_output" in header_text.split("\n"):
        raise NotCompilable(f"version {header.get('version')!r}, averaged or unknown")
    if not tree_texts or "\nend of trees\n" not in tree_texts[-1]:
        raise ModelTextError(
            "LightGBM model text: expected 'Tree=0' up to 'end of trees', but the text ends before. "
            "It is cut or empty; publish the bundle again."
        )
    n_features, n_classes = _header_counts(header, len(tree_texts))
    trees = [_parse_tree(index, _fields(tree)) for index, tree in enumerate(tree_texts)]
    return _join(trees, n_features=n_features, n_classes=n_classes)


def _header_counts(header: Mapping[str, str], n_trees: int) -> tuple[int, int]:
    try:
        n_features, n_classes = int(header["max_feature_idx"]) + 1, int(header["num_tree_per_iteration"])
    except (KeyError, ValueError) as error:
        raise ModelTextError(f"LightGBM model text: header without a usable {error}.") from None
    if n_classes < 1 or n_trees % n_classes:
        raise ModelTextError(
            f"LightGBM model text: {n_trees} trees cannot be shared by {n_classes} classes. It is cut."
        )
    return n_features, n_classes


def _fields(text: str) -> dict[str, str]:
    """``key=value`` lines; a tree ends at the first empty line."""
    lines = text.split("\n\n", 1)[0].split("\n")
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _parse_tree(index: int, fields: Mapping[str, str]) -> _Tree:
    if fields.get("is_linear", "0") != "0":
        raise NotCompilable(f"tree {index} is linear")
    try:
        n_leaves = int(fields["num_leaves"])
        if n_leaves > MAX_LEAVES:
            raise NotCompilable(f"tree {index} has {n_leaves} leaves; masks hold {MAX_LEAVES}")
        return _tree_of(fields, n_leaves)
    except (KeyError, ValueError, IndexError) as error:
        raise ModelTextError(
            f"LightGBM model text: tree {index} is damaged ({type(error).__name__}: {error}). "
            "Publish the bundle again."
        ) from None


def _tree_of(fields: Mapping[str, str], n_leaves: int) -> _Tree:
    leaf_value = [float(word) for word in fields["leaf_value"].split()]
    if n_leaves <= 1:
        return _Tree([], [], [], [], [], leaf_value[:1])
    feature, decision, left, right = (
        [int(word) for word in fields[key].split()]
        for key in ("split_feature", "decision_type", "left_child", "right_child")
    )
    threshold = [float(word) for word in fields["threshold"].split()]
    sizes = {len(feature), len(decision), len(left), len(right), len(threshold), len(leaf_value) - 1}
    if sizes != {n_leaves - 1}:
        raise ValueError(f"{n_leaves} leaves, but lists of {sorted(sizes)} nodes")
    order, left_leaves = _number_leaves(left, right)
    bitsets = _bitsets(fields)
    categories = [
        bitsets[int(t)] if d & _CATEGORICAL else None for t, d in zip(threshold, decision, strict=True)
    ]
    return _Tree(feature, threshold, decision, categories, left_leaves, [leaf_value[i] for i in order])


def _number_leaves(left: list[int], right: list[int]) -> tuple[list[int], list[int]]:
    """Leaves from left to right, and per node the bits of the leaves under its left child.

    A child that is a node comes after its parent in the text, a leaf is written as ``-1 - leaf``.
    """
    n_nodes = len(left)
    children = sorted([*left, *right])
    if children != [*range(-n_nodes - 1, 0), *range(1, n_nodes)]:
        raise ValueError("children do not form a tree")
    if any(0 <= child <= node for side in (left, right) for node, child in enumerate(side)):
        raise ValueError("a node comes before its parent")
    size = [0] * n_nodes
    for node in reversed(range(n_nodes)):
        size[node] = sum(1 if child < 0 else size[child] for child in (left[node], right[node]))
    first, order, left_leaves = [0] * n_nodes, [0] * (n_nodes + 1), [0] * n_nodes
    for node in range(n_nodes):
        on_left = 1 if left[node] < 0 else size[left[node]]
        left_leaves[node] = ((1 << on_left) - 1) << first[node]
        for child, start in ((left[node], first[node]), (right[node], first[node] + on_left)):
            if child < 0:
                order[start] = -1 - child
            else:
                first[child] = start
    return order, left_leaves


def _bitsets(fields: Mapping[str, str]) -> list[Ints]:
    """The sets of categories of a tree, from 32-bit words."""
    if int(fields.get("num_cat", "0")) == 0:
        return []
    bounds = [int(word) for word in fields["cat_boundaries"].split()]
    words = np.array([int(word) for word in fields["cat_threshold"].split()], dtype="<u4")
    return [
        np.flatnonzero(np.unpackbits(words[start:end].view(np.uint8), bitorder="little")).astype(np.int64)
        for start, end in pairwise(bounds)
    ]


def _join(trees: list[_Tree], *, n_features: int, n_classes: int) -> Forest:
    counts = [len(tree.feature) for tree in trees]
    feature = np.array([f for tree in trees for f in tree.feature], dtype=np.intp)
    if len(feature) and not 0 <= feature.min() <= feature.max() < n_features:
        raise ModelTextError(
            f"LightGBM model text: a node looks at feature {feature.max()} of {n_features}. It is damaged."
        )
    decision = np.array([d for tree in trees for d in tree.decision], dtype=np.int8)
    leaf_value = np.zeros((len(trees), max(len(tree.leaf_value) for tree in trees)))
    for row, tree in zip(leaf_value, trees, strict=True):
        row[: len(tree.leaf_value)] = tree.leaf_value
    return Forest(
        n_features=n_features,
        n_classes=n_classes,
        tree=np.repeat(np.arange(len(trees), dtype=np.intp), counts),
        feature=feature,
        threshold=_around_zero(np.array([t for tree in trees for t in tree.threshold], dtype=np.float64)),
        missing=(decision >> 2) & 3,
        default_left=(decision & _DEFAULT_LEFT) > 0,
        categories=tuple(c for tree in trees for c in tree.categories),
        left_leaves=np.array([b for tree in trees for b in tree.left_leaves], dtype=np.uint64),
        leaf_value=leaf_value,
    )


def _around_zero(threshold: Floats) -> Floats:
    """Move thresholds out of the zero band, so that all of the band goes where zero goes."""
    inside = np.abs(threshold) <= ZERO_BAND
    edge = np.where(threshold >= 0, ZERO_BAND, np.nextafter(-ZERO_BAND, -np.inf))
    return np.where(inside, edge, threshold)

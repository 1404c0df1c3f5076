"""Masks from looking at every node: for a customer's many numeric features.

Takes little memory and a few NumPy calls for all trees of a model at once. Sets of categories, and zero as
missing, are not for nodes: see ``interval_masks.py``. Knows nothing of LightGBM's text.

Terms: docs/glossary.md. Why and how fast: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models import kernel
from models.arrays import AnyFloats, Codes, Floats, Floats32, Ints
from models.learned.trees.lightgbm_text import MISSING_NAN, Forest
from models.learned.trees.mask_tables import CHUNK_CELLS, Masks, floor32, mask_type

_WIDTH_GROUPS: Final = 4
_PADDING_CELLS: Final = 1 << 12  # padding that costs less than looking at several blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeMasks:
    """Masks from looking at every node of some numeric features.

    A column is a feature with a way of treating what is missing: not-a-number becomes ``fill``, zero or
    minus infinity (always left), or stays not-a-number (always right).

    Attributes:
        column_feature: shape (n_columns,). The feature behind a column.
        fill, fill32: shape (n_columns,). What not-a-number becomes.
        column: shape (n_cells,). The column a cell looks at; cells lie in groups of (width, trees).
        threshold, threshold32: shape (n_cells,).
        mask: shape (n_cells,). What stays possible if the condition is false; all bits in padding.
        groups: (first cell, last cell, width) of each group of trees.
        column32, groups64: the same for the compiled kernel.
        tree_position: shape (n_trees,). Where a tree lies among the groups.
        n_trees: of the forest.
    """

    column_feature: NDArray[np.intp]
    fill: Floats
    fill32: Floats32
    column: NDArray[np.intp]
    threshold: Floats
    threshold32: Floats32
    mask: Masks
    groups: tuple[tuple[int, int, int], ...]
    column32: Codes
    groups64: Ints
    tree_position: NDArray[np.intp] | None
    n_trees: int

    @classmethod
    def compile(cls, forest: Forest, nodes: NDArray[np.intp], first: int) -> NodeMasks:
        """Take numeric ``nodes`` (positions in the forest), none of which has zero as missing.

        ``first``: the feature that is column 0 of the rows.
        """
        column_feature, fill, column = _columns(forest, nodes)
        cells, groups, position = _cells(forest, nodes)
        used = cells >= 0
        all_bits = np.iinfo(mask_type(forest)).max
        keep = ~forest.left_leaves[nodes].astype(mask_type(forest))
        threshold = np.where(used, forest.threshold[nodes[cells]], 0.0)
        looked_at = np.where(used, column[cells], 0)
        return cls(
            column_feature=column_feature - first,
            fill=fill,
            fill32=fill.astype(np.float32),
            column=looked_at,
            threshold=threshold,
            threshold32=floor32(threshold),
            mask=np.where(used, keep[cells], all_bits).astype(mask_type(forest)),
            groups=groups,
            n_trees=forest.n_trees,
            column32=looked_at.astype(np.int32),
            groups64=np.array(groups, dtype=np.int64),
            tree_position=None if np.array_equal(position, np.arange(len(position))) else position,
        )

    def masks(self, X: AnyFloats) -> Masks:
        """Shape (k, n_trees): the leaves that remain possible."""
        if kernel.native is not None and X.dtype == np.float32:
            return self._native(X)
        x = X.take(self.column_feature, axis=1)
        single = x.dtype == np.float32
        x = np.where(np.isnan(x), self.fill32 if single else self.fill, x)
        threshold = self.threshold32 if single else self.threshold
        step = max(1, CHUNK_CELLS // len(self.column))
        parts = [self._chunk(x[i : i + step], threshold) for i in range(0, max(1, len(x)), step)]
        masks = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return masks if self.tree_position is None else masks.take(self.tree_position, axis=1)

    def _native(self, X: AnyFloats) -> Masks:
        trees = self.n_trees
        masks: Masks = np.empty((len(X), trees), dtype=self.mask.dtype)
        kernel.native.node_masks(
            np.ascontiguousarray(X), X.shape[1], *self.arrays(), masks.itemsize, trees, masks
        )
        return masks

    def arrays(self) -> tuple[Any, ...]:
        """As the compiled kernel reads them."""
        return (
            self.column_feature,
            self.fill32,
            self.column32,
            self.threshold32,
            self.mask,
            self.groups64,
            self.tree_position,
        )

    def _chunk(self, x: AnyFloats, threshold: AnyFloats) -> Masks:
        left = x.take(self.column, axis=1) <= threshold
        cells = left.astype(self.mask.dtype)
        np.negative(cells, out=cells)  # all bits where the condition holds
        cells |= self.mask
        parts = [
            np.bitwise_and.reduce(
                cells[:, first:last].reshape(len(x), width, (last - first) // width), axis=1
            )
            for first, last, width in self.groups
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _columns(forest: Forest, nodes: NDArray[np.intp]) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp]]:
    """Distinct (feature, way of treating what is missing), and each node's."""
    by_nan = forest.missing[nodes] == MISSING_NAN
    way = np.where(by_nan, np.where(forest.default_left[nodes], 1, 2), 0)
    pairs, column = np.unique(forest.feature[nodes] * 3 + way, return_inverse=True)
    return pairs // 3, np.array([0.0, -np.inf, np.nan])[pairs % 3], column.astype(np.intp)


def _cells(
    forest: Forest, nodes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], tuple[tuple[int, int, int], ...], NDArray[np.intp]]:
    """Lay nodes out by tree in a few blocks of equal width, so that little is padding.

    Returns positions in ``nodes`` (-1: padding), the blocks, and each tree's place among them.
    """
    counts = np.bincount(forest.tree[nodes], minlength=forest.n_trees)
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    by_tree = np.argsort(forest.tree[nodes], kind="stable")
    few = 1 if forest.n_trees * counts.max() - len(nodes) <= _PADDING_CELLS else _WIDTH_GROUPS
    cells, groups, start = [], [], 0
    trees = np.argsort(counts, kind="stable") if few > 1 else np.arange(forest.n_trees)
    for block in np.array_split(trees, min(few, forest.n_trees)):
        width = max(1, int(counts[block].max()))
        inside = np.arange(width)[:, None] < counts[block]
        at = np.where(inside, first[block] + np.arange(width)[:, None], 0)
        cells.append(np.where(inside, by_tree[at], -1).ravel())
        groups.append((start, start + at.size, width))
        start += at.size
    return np.concatenate(cells), tuple(groups), np.argsort(trees)

"""Mask tables: which leaf each tree ends in, found without walking the trees.

The leaves of a tree are bits, numbered from left to right. A node whose condition is false rules out every
leaf under its left child; of the leaves that no false node rules out, the leftmost is where the row ends
(QuickScorer: Lucchese et al., SIGIR 2015). So the order in which nodes are looked at does not matter, and a
customer's features can be settled once for all candidates. Two forms of the same masks:

- ``NodeMasks`` looks at every node of numeric features: little memory, best for a customer's many features;
- ``IntervalMasks`` holds, per interval between a feature's thresholds, the mask of every tree at once: one
  row to copy per feature, best for the few features of a candidate and for categories.

Knows nothing of LightGBM's text or of what a score means. Float32 and float64 rows both compare exactly.

Terms: docs/glossary.md. Why and how fast: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.learned.lightgbm_text import MISSING_NAN, MISSING_ZERO, ZERO_BAND, Forest

Rows = NDArray[np.floating[Any]]
Masks = NDArray[np.unsignedinteger[Any]]
Ints = NDArray[np.int64]

CHUNK_CELLS: Final = 1 << 17
"""Cells worked on at a time, so that intermediate arrays stay in the processor's cache."""

_SLOT_BITS = 33  # an interval key is the feature's slot above an ordered float32
_NAN_KEY = 0x7F800001  # just above the key of plus infinity
_WIDTH_GROUPS = 4
_PADDING_CELLS = 1 << 12  # padding that costs less than looking at several blocks


def mask_type(forest: Forest) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest unsigned integer with a bit for each leaf."""
    leaves = forest.leaf_value.shape[1]
    return np.dtype(next(f"u{size // 8}" for size in (8, 16, 32, 64) if leaves <= size))


def floor32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """The greatest float32 up to each value: for a float32 x, ``x <= value`` is ``x <= floor32(value)``."""
    with np.errstate(over="ignore"):
        near = values.astype(np.float32)
    return np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)


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
        tree_position: shape (n_trees,). Where a tree lies among the groups.
    """

    column_feature: NDArray[np.intp]
    fill: NDArray[np.float64]
    fill32: NDArray[np.float32]
    column: NDArray[np.intp]
    threshold: NDArray[np.float64]
    threshold32: NDArray[np.float32]
    mask: Masks
    groups: tuple[tuple[int, int, int], ...]
    tree_position: NDArray[np.intp] | None

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
        return cls(
            column_feature=column_feature - first,
            fill=fill,
            fill32=fill.astype(np.float32),
            column=np.where(used, column[cells], 0),
            threshold=threshold,
            threshold32=floor32(threshold),
            mask=np.where(used, keep[cells], all_bits).astype(mask_type(forest)),
            groups=groups,
            tree_position=None if np.array_equal(position, np.arange(len(position))) else position,
        )

    def masks(self, X: Rows) -> Masks:
        """Shape (k, n_trees): the leaves that remain possible."""
        x = X.take(self.column_feature, axis=1)
        single = x.dtype == np.float32
        x = np.where(np.isnan(x), self.fill32 if single else self.fill, x)
        threshold = self.threshold32 if single else self.threshold
        step = max(1, CHUNK_CELLS // len(self.column))
        parts = [self._chunk(x[i : i + step], threshold) for i in range(0, max(1, len(x)), step)]
        masks = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return masks if self.tree_position is None else masks.take(self.tree_position, axis=1)

    def _chunk(self, x: Rows, threshold: Rows) -> Masks:
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


def _columns(
    forest: Forest, nodes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalMasks:
    """Masks looked up by the interval in which each of some features lies.

    A feature with k edges has k + 2 rows: up to each edge (the last is infinity), then not-a-number.

    Attributes:
        features: shape (n_slots,).
        edges: per slot, ascending, float64; ends with infinity.
        keys: all edges as ordered integers, slot by slot, for float32 rows.
        slot, slot_key: shape (n_slots,). A slot's position, and as the upper bits of its keys.
        first_row: shape (n_slots,). Where a slot's rows start in ``table``.
        table: shape (n_rows, n_trees). The leaves that remain possible.
    """

    features: NDArray[np.intp]
    edges: tuple[NDArray[np.float64], ...]
    keys: Ints
    slot: Ints
    slot_key: Ints
    first_row: NDArray[np.intp]
    table: Masks

    @classmethod
    def compile(cls, forest: Forest, nodes: NDArray[np.intp], first: int) -> IntervalMasks:
        """Take any ``nodes`` (positions in the forest). ``first``: the feature that is column 0."""
        features = np.unique(forest.feature[nodes])
        mine = [nodes[forest.feature[nodes] == feature] for feature in features]
        edges = tuple(_edges(forest, some) for some in mine)
        slot = np.arange(len(features), dtype=np.int64)
        slot_key = slot << _SLOT_BITS
        sizes = np.array([len(e) + 1 for e in edges])
        return cls(
            features=features - first,
            edges=edges,
            keys=np.concatenate([_ordered(floor32(e)) + key for key, e in zip(slot_key, edges, strict=True)]),
            slot=slot,
            slot_key=slot_key,
            first_row=np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp),
            table=np.concatenate([_table(forest, s, e) for s, e in zip(mine, edges, strict=True)]),
        )

    def masks(self, X: Rows) -> Masks:
        """Shape (k, n_trees): the leaves that remain possible."""
        rows = self._rows(X.take(self.features, axis=1))
        step = max(1, CHUNK_CELLS // (self.table.shape[1] * rows.shape[1]))
        parts = [self._chunk(rows[i : i + step]) for i in range(0, max(1, len(rows)), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _chunk(self, rows: NDArray[np.intp]) -> Masks:
        masks: Masks = np.bitwise_and.reduce(self.table.take(rows, axis=0), axis=1)
        return masks

    def _rows(self, x: Rows) -> NDArray[np.intp]:
        """The row of ``table`` for each value: shape (k, n_slots)."""
        if x.dtype == np.float32:
            key = np.where(np.isnan(x), _NAN_KEY, _ordered(x)) + self.slot_key
            rows: NDArray[np.intp] = self.keys.searchsorted(key) + self.slot
            return rows
        columns = [np.searchsorted(e, x[:, s]) for s, e in enumerate(self.edges)]
        return np.stack(columns, axis=1) + self.first_row


def table_rows(forest: Forest, nodes: NDArray[np.intp]) -> int:
    """How many rows ``IntervalMasks`` of these nodes would have: what it costs, before it is made."""
    numeric = np.array([forest.categories[n] is None for n in nodes], dtype=bool)
    pairs = np.stack([forest.feature[nodes[numeric]].astype(float), forest.threshold[nodes[numeric]]])
    categories = sum(2 * len(c) for n in nodes if (c := forest.categories[n]) is not None)
    thresholds = int(np.unique(pairs, axis=1).shape[1])
    return thresholds + categories + 4 * len(np.unique(forest.feature[nodes]))


def _ordered(values: NDArray[np.float32]) -> Ints:
    """Integers in the order of the floats; of not-a-number nothing is promised."""
    bits = np.ascontiguousarray(values).view(np.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)


def _edges(forest: Forest, nodes: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float64]:
    """Upper ends of the intervals on which all of these nodes, of one feature, decide alike."""
    ends: list[float] = [np.inf]
    for node in nodes:
        categories = forest.categories[node]
        if categories is not None:
            # Category c is [c, c + 1); LightGBM cuts off decimals, so 0 is (-1, 1).
            ends.extend(-1.0 if c == 0 else np.nextafter(float(c), -np.inf) for c in categories)
            ends.extend(np.nextafter(c + 1.0, -np.inf) for c in categories)
        else:
            ends.append(float(forest.threshold[node]))
            if forest.missing[node] == MISSING_ZERO:
                ends.extend((float(np.nextafter(-ZERO_BAND, -np.inf)), ZERO_BAND))
    return np.unique(np.array(ends) + 0.0)


def _table(forest: Forest, nodes: NDArray[np.intp], edges: NDArray[np.float64]) -> Masks:
    """One feature's rows: the masks of all trees for a value in each interval, and for not-a-number."""
    table = np.full((len(edges) + 1, forest.n_trees), np.iinfo(mask_type(forest)).max, mask_type(forest))
    values = np.append(edges, np.nan)
    for node in nodes:
        right = ~_goes_left(forest, int(node), values)
        table[right, forest.tree[node]] &= ~forest.left_leaves[node].astype(table.dtype)
    return table


def _goes_left(forest: Forest, node: int, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What one node decides, as LightGBM's ``Tree::Decision`` does."""
    categories = forest.categories[node]
    if categories is not None:
        whole = np.trunc(np.nan_to_num(values, nan=-1.0))
        among: NDArray[np.bool_] = np.isin(whole, categories) & (values > -1.0)
        return among
    is_nan = np.isnan(values)
    left = np.where(is_nan, 0.0, values) <= forest.threshold[node]
    if forest.missing[node] == MISSING_NAN:
        left = np.where(is_nan, forest.default_left[node], left)
    elif forest.missing[node] == MISSING_ZERO:
        left = np.where(is_nan | (np.abs(values) <= ZERO_BAND), forest.default_left[node], left)
    decided: NDArray[np.bool_] = left.astype(bool)
    return decided

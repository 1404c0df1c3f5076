"""Scores from masks.

Which leaves a row ends in, and what they add up to. Knows how to choose between the two forms of masks and
how LightGBM sums; knows nothing of LightGBM's text or of what a score means.

Terms: docs/glossary.md. Why and how fast: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models import kernel
from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.learned.trees.interval_masks import IntervalMasks, table_rows
from models.learned.trees.lightgbm_text import MISSING_ZERO, Forest, NotCompilable
from models.learned.trees.mask_tables import CHUNK_CELLS, Masks, mask_type
from models.learned.trees.node_masks import NodeMasks

TABLE_BYTES: Final = 1 << 26
"""A model whose categories need larger interval tables is left to LightGBM."""

OWN_TABLE_BYTES: Final = 1 << 24
"""Candidates' features are looked up by interval, unless the tables would be larger."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The masks of some neighbouring columns: of many numeric ones by node, of the others by interval."""

    nodes: NodeMasks | None
    intervals: IntervalMasks | None

    @classmethod
    def compile(cls, forest: Forest, *, first: int, last: int, table_bytes: int) -> _Part:
        """Take the columns from ``first`` up to ``last``; by interval if that fits into ``table_bytes``."""
        nodes = np.flatnonzero((first <= forest.feature) & (forest.feature < last))
        by_interval = _needs_intervals(forest)[nodes]
        if _table_bytes(forest, nodes) <= table_bytes:
            by_interval[:] = True
        numeric, others = nodes[~by_interval], nodes[by_interval]
        return cls(
            NodeMasks.compile(forest, numeric, first) if len(numeric) else None,
            IntervalMasks.compile(forest, others, first) if len(others) else None,
        )

    def masks(self, X: AnyFloats) -> Masks | None:
        """Shape (k, n_trees), or None where no tree looks at any of the columns."""
        if self.nodes is None:
            return None if self.intervals is None else self.intervals.masks(X)
        masks = self.nodes.masks(X)
        return masks if self.intervals is None else self.intervals.masks(X, masks)


def _needs_intervals(forest: Forest) -> Mask:
    """Nodes that are not a plain comparison: sets of categories, and zero as missing."""
    categorical = np.array([c is not None for c in forest.categories], dtype=bool)
    needs: Mask = categorical | (forest.missing == MISSING_ZERO)
    return needs


def _table_bytes(forest: Forest, nodes: NDArray[np.intp]) -> int:
    return table_rows(forest, nodes) * forest.n_trees * mask_type(forest).itemsize


@dataclass(slots=True)
class MaskScorer:
    """Scores by leaf masks.

    What a way of splitting the columns needs is compiled when it is first used.
    """

    forest: Forest
    _parts: dict[tuple[int, int], _Part] = field(init=False, default_factory=dict)
    _leaf_value: Floats = field(init=False)
    _first_leaf: NDArray[np.intp] = field(init=False)
    _mask: np.dtype[np.unsignedinteger[Any]] = field(init=False)
    _step: int = field(init=False)

    def __post_init__(self) -> None:
        forest = self.forest
        if _table_bytes(forest, np.flatnonzero(_needs_intervals(forest))) > TABLE_BYTES:
            raise NotCompilable("too many categories, or zeros as missing")
        self._mask = mask_type(forest)
        self._step = max(1, CHUNK_CELLS // forest.n_trees)  # rows at a time
        self._leaf_value = forest.leaf_value.ravel()
        self._first_leaf = np.arange(forest.n_trees, dtype=np.intp) * forest.leaf_value.shape[1]

    @property
    def n_classes(self) -> int:
        return self.forest.n_classes

    @property
    def n_features(self) -> int:
        return self.forest.n_features

    def raw_scores(self, X: AnyFloats) -> Floats:
        whole = self._part(0, self.n_features)
        if len(X) <= self._step:
            return self._scores(whole.masks(X), None, None, len(X))
        chunks = [X[rows] for rows in self._chunks(len(X))]
        parts = [self._scores(whole.masks(chunk), None, None, len(chunk)) for chunk in chunks]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def raw_scores_split(self, shared: AnyFloats, own: AnyFloats, row: AnyInts) -> Floats:
        n_shared = shared.shape[1]
        own_part = self._part(n_shared, self.n_features, OWN_TABLE_BYTES)
        common = self._part(0, n_shared).masks(shared)
        if len(row) <= self._step:
            return self._scores(own_part.masks(own), common, row, len(row))
        parts = [
            self._scores(own_part.masks(own[rows]), common, row[rows], len(row[rows]))
            for rows in self._chunks(len(row))
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def plan(self, n_shared: int) -> Any:
        """What the kernel's ``score_trees`` takes, for rows that share their first columns.

        None: there is no kernel. ``n_shared`` may be all columns.
        """
        if kernel.native is None:
            return None
        own = self.n_features - n_shared
        parts = (
            self._part(0, n_shared),
            self._part(n_shared, self.n_features, OWN_TABLE_BYTES) if own else None,
        )
        arguments: list[Any] = []
        for width, part in zip((n_shared, own), parts, strict=True):
            nodes, intervals = (None, None) if part is None else (part.nodes, part.intervals)
            arguments += [
                width,
                None if nodes is None else nodes.arrays(),
                None if intervals is None else (intervals.features, intervals.keys, intervals.table),
            ]
        return kernel.native.plan_trees(
            *arguments, self._leaf_value, self.forest.leaf_value.shape[1], self.n_classes,
            self._mask.itemsize, self.forest.n_trees,
        )  # fmt: skip

    def _chunks(self, n_rows: int) -> list[slice]:
        return [slice(i, i + self._step) for i in range(0, max(1, n_rows), self._step)]

    def _part(self, first: int, last: int, table_bytes: int = 0) -> _Part:
        part = self._parts.get((first, last))
        if part is None:
            part = _Part.compile(self.forest, first=first, last=last, table_bytes=table_bytes)
            self._parts[first, last] = part
        return part

    def _scores(self, own: Masks | None, shared: Masks | None, row: AnyInts | None, n_rows: int) -> Floats:
        """Sum the leaves that the masks lead to: (rows, n_classes). ``row``: each row's among ``shared``."""
        if kernel.native is not None and not (own is None and shared is None):
            return self._native(own, shared, row, n_rows)
        others = shared if shared is None or row is None else shared.take(row, axis=0)
        masks = own if others is None else others if own is None else own & others
        if masks is None:  # trees of a single leaf
            masks = np.ones((n_rows, self.forest.n_trees), self._mask)
        leftmost = np.bitwise_count((masks & -masks) - masks.dtype.type(1))
        return _sum_in_order(self._leaf_value.take(leftmost + self._first_leaf), self.n_classes)

    def _native(self, own: Masks | None, shared: Masks | None, row: AnyInts | None, n_rows: int) -> Floats:
        scores: Floats = np.empty((n_rows, self.n_classes))
        index = None if row is None else np.ascontiguousarray(row, dtype=np.int64)
        kernel.native.leaf_sums(
            own, shared, index, self._leaf_value, self.forest.leaf_value.shape[1], self.n_classes,
            self._mask.itemsize, self.forest.n_trees, scores,
        )  # fmt: skip
        return scores


def _sum_in_order(values: Floats, n_classes: int) -> Floats:
    """Sum (rows, trees) over trees, tree after tree as LightGBM does; shape (rows, n_classes).

    Along the first axis of a C-ordered array NumPy adds row after row, unless that is the only axis longer
    than one: then it adds in pairs, which gives other bits. A second column keeps it in order.
    """
    n_rows, width = len(values), len(values) * n_classes
    by_tree: Floats = np.zeros((values.shape[1] // n_classes, max(2, width)))
    by_class = values.reshape(n_rows, len(by_tree), n_classes).transpose(1, 0, 2)
    by_tree[:, :width] = by_class.reshape(len(by_tree), width)
    total: Floats = np.add.reduce(by_tree, axis=0, initial=0.0)
    return total[:width].reshape(n_rows, n_classes)

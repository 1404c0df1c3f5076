"""Trees: a LightGBM model as the service scores it.

Knows how to turn features into raw scores (before any link function) with the same bits as LightGBM's own
prediction, on one thread; knows nothing of what a score means, nor of files: a model is its text. Leaf mask
tables do the work; LightGBM itself is loaded only for a model that they cannot express.

Terms: docs/glossary.md. Why not LightGBM itself: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import FeatureMismatchError
from models.learned.lightgbm_text import MISSING_ZERO, Forest, NotCompilable, parse_forest
from models.learned.mask_tables import (
    CHUNK_CELLS,
    IntervalMasks,
    Masks,
    NodeMasks,
    Rows,
    mask_type,
    table_rows,
)

Scores = NDArray[np.float64]
RowIndex = NDArray[np.integer[Any]]

TABLE_BYTES: Final = 1 << 26
"""A model whose categories need larger interval tables is left to LightGBM."""

OWN_TABLE_BYTES: Final = 1 << 24
"""Candidates' features are looked up by interval, unless the tables would be larger."""


class Trees:
    """Scores a LightGBM model; made by ``Trees.from_model_string``.

    Example:
        >>> trees = Trees.from_model_string(booster.model_to_string())  # doctest: +SKIP
        >>> trees.raw_scores(np.zeros((2, trees.n_features), np.float32)).shape  # doctest: +SKIP
        (2,)
    """

    def __init__(self, scorer: _Scorer) -> None:
        self._scorer = scorer

    @classmethod
    def from_model_string(cls, text: str) -> Trees:
        """Take a model as ``Booster.model_to_string()`` wrote it.

        Raises:
            ModelTextError: the text is cut or damaged. Verify its hash first all the same: what mask
                tables cannot express goes to LightGBM, whose reader ends the process on damaged text.
        """
        try:
            return cls(_MaskScorer(parse_forest(text)))
        except NotCompilable:
            return cls(_BoosterScorer(text))

    @property
    def n_classes(self) -> int:
        """Scores a row: 1 for regression and binary models, else the number of classes."""
        return self._scorer.n_classes

    @property
    def n_features(self) -> int:
        """Columns a row must have."""
        return self._scorer.n_features

    @property
    def compiled(self) -> bool:
        """Whether mask tables score this model, rather than LightGBM."""
        return isinstance(self._scorer, _MaskScorer)

    def raw_scores(self, X: Rows) -> Scores:
        """Raw scores of k rows: shape (k,), or (k, n_classes) of a multiclass model.

        Args:
            X: shape (k, n_features), float32 or float64.

        Raises:
            FeatureMismatchError: X has another number of columns.
        """
        self._check_width(X.shape[1])
        return self._shaped(self._scorer.raw_scores(_floats(X)))

    def raw_scores_split(self, shared: Rows, own: Rows, row: RowIndex) -> Scores:
        """Raw scores of ``hstack(shared[row], own)``, with the work on ``shared`` done once a row of it.

        Args:
            shared: shape (n, F). The customers' features.
            own: shape (m, G), of the same type. The candidates' features; F + G is ``n_features``.
            row: shape (m,). The row of ``shared`` that a candidate belongs to.

        Returns:
            Shape (m,), or (m, n_classes) of a multiclass model.

        Raises:
            FeatureMismatchError: F + G is another number of columns.
        """
        self._check_width(shared.shape[1] + own.shape[1])
        return self._shaped(self._scorer.raw_scores_split(_floats(shared), _floats(own), row))

    def _check_width(self, width: int) -> None:
        if width != self.n_features:
            raise FeatureMismatchError(
                f"A model of {self.n_features} features was given rows of {width}. "
                "Retrain, or serve the bundle that matches this code."
            )

    def _shaped(self, scores: Scores) -> Scores:
        return scores[:, 0] if self.n_classes == 1 else scores


class _Scorer(Protocol):
    """What ``Trees`` asks of either way of scoring; scores are (rows, n_classes)."""

    @property
    def n_classes(self) -> int: ...

    @property
    def n_features(self) -> int: ...

    def raw_scores(self, X: Rows) -> Scores: ...

    def raw_scores_split(self, shared: Rows, own: Rows, row: RowIndex) -> Scores: ...


def _floats(X: Rows) -> Rows:
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


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

    def masks(self, X: Rows) -> Masks | None:
        """Shape (k, n_trees), or None where no tree looks at any of the columns."""
        if self.nodes is None:
            return None if self.intervals is None else self.intervals.masks(X)
        masks = self.nodes.masks(X)
        return masks if self.intervals is None else masks & self.intervals.masks(X)


def _needs_intervals(forest: Forest) -> NDArray[np.bool_]:
    """Nodes that are not a plain comparison: sets of categories, and zero as missing."""
    categorical = np.array([c is not None for c in forest.categories], dtype=bool)
    needs: NDArray[np.bool_] = categorical | (forest.missing == MISSING_ZERO)
    return needs


def _table_bytes(forest: Forest, nodes: NDArray[np.intp]) -> int:
    return table_rows(forest, nodes) * forest.n_trees * mask_type(forest).itemsize


@dataclass(slots=True)
class _MaskScorer:
    """Scores by leaf masks. What a way of splitting the columns needs is compiled when it is first used."""

    forest: Forest
    _parts: dict[tuple[int, int], _Part] = field(init=False, default_factory=dict)
    _leaf_value: Scores = field(init=False)
    _first_leaf: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        forest = self.forest
        if _table_bytes(forest, np.flatnonzero(_needs_intervals(forest))) > TABLE_BYTES:
            raise NotCompilable("too many categories, or zeros as missing")
        self._leaf_value = forest.leaf_value.ravel()
        self._first_leaf = np.arange(forest.n_trees, dtype=np.intp) * forest.leaf_value.shape[1]

    @property
    def n_classes(self) -> int:
        return self.forest.n_classes

    @property
    def n_features(self) -> int:
        return self.forest.n_features

    def raw_scores(self, X: Rows) -> Scores:
        whole = self._part(0, self.n_features)
        parts = [self._scores(whole.masks(X[rows]), None, X[rows]) for rows in self._chunks(len(X))]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def raw_scores_split(self, shared: Rows, own: Rows, row: RowIndex) -> Scores:
        n_shared = shared.shape[1]
        own_part = self._part(n_shared, self.n_features, OWN_TABLE_BYTES)
        common = self._part(0, n_shared).masks(shared)
        parts = [
            self._scores(
                own_part.masks(own[rows]),
                None if common is None else common.take(row[rows], axis=0),
                own[rows],
            )
            for rows in self._chunks(len(row))
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _chunks(self, n_rows: int) -> list[slice]:
        step = max(1, CHUNK_CELLS // self.forest.n_trees)
        return [slice(i, i + step) for i in range(0, max(1, n_rows), step)]

    def _part(self, first: int, last: int, table_bytes: int = 0) -> _Part:
        part = self._parts.get((first, last))
        if part is None:
            part = _Part.compile(self.forest, first=first, last=last, table_bytes=table_bytes)
            self._parts[first, last] = part
        return part

    def _scores(self, some: Masks | None, others: Masks | None, X: Rows) -> Scores:
        """Sum the leaves that the masks lead to, one row of them per row of X: (rows, n_classes)."""
        masks = some if others is None else others if some is None else some & others
        if masks is None:  # trees of a single leaf
            masks = np.ones((len(X), self.forest.n_trees), mask_type(self.forest))
        leftmost = np.bitwise_count((masks & -masks) - masks.dtype.type(1))
        return _sum_in_order(self._leaf_value.take(leftmost + self._first_leaf), self.n_classes)


def _sum_in_order(values: Scores, n_classes: int) -> Scores:
    """Sum (rows, trees) over trees, tree after tree as LightGBM does; shape (rows, n_classes).

    Along the first axis of a C-ordered array NumPy adds row after row, unless that is the only axis longer
    than one: then it adds in pairs, which gives other bits. A second column keeps it in order.
    """
    n_rows, width = len(values), len(values) * n_classes
    by_tree: Scores = np.zeros((values.shape[1] // n_classes, max(2, width)))
    by_class = values.reshape(n_rows, len(by_tree), n_classes).transpose(1, 0, 2)
    by_tree[:, :width] = by_class.reshape(len(by_tree), width)
    total: Scores = np.add.reduce(by_tree, axis=0, initial=0.0)
    return total[:width].reshape(n_rows, n_classes)


class _BoosterScorer:
    """Scores with LightGBM itself, on one thread."""

    def __init__(self, text: str) -> None:
        import lightgbm  # here, so that a service whose models are compiled never loads it

        self._booster = lightgbm.Booster(model_str=text)
        self.n_classes: int = self._booster.num_model_per_iteration()
        self.n_features: int = self._booster.num_feature()

    def raw_scores(self, X: Rows) -> Scores:
        if len(X) == 0:
            return np.zeros((0, self.n_classes))
        scores: Scores = np.asarray(self._booster.predict(X, raw_score=True, num_threads=1))
        return scores.reshape(len(X), self.n_classes)

    def raw_scores_split(self, shared: Rows, own: Rows, row: RowIndex) -> Scores:
        return self.raw_scores(np.hstack((shared[row], own)))

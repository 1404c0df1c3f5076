"""Trees: a LightGBM model as the service scores it.

Knows how to turn features into raw scores (before any link function) with the same bits as LightGBM's own
prediction, on one thread; knows nothing of what a score means, nor of files: a model is its text. Leaf mask
tables do the work; LightGBM itself is loaded only for a model that they cannot express.

Terms: docs/glossary.md. Why not LightGBM itself: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakValueDictionary

import numpy as np

from models import kernel
from models.arrays import AnyFloats, AnyInts, Floats, Floats32
from models.errors import FeatureMismatchError
from models.learned.trees.lightgbm_library import load_lightgbm
from models.learned.trees.lightgbm_text import NotCompilable, parse_forest
from models.learned.trees.mask_scorer import MaskScorer


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

        While somebody holds the trees of a text, the same text gives the same object: nothing of it changes
        what it scores, and compiling takes longer than scoring ten thousand rows.

        Raises:
            ModelTextError: the text is cut or damaged. Verify its hash first all the same: what mask
                tables cannot express goes to LightGBM, whose reader ends the process on damaged text.
        """
        trees = _held.get((cls, text))
        if trees is None:
            trees = _held[cls, text] = cls(_scorer(text))
        return trees

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
        return isinstance(self._scorer, MaskScorer)

    def plan(self, n_shared: int) -> TreePlan | None:
        """Scores of one row of shared columns at a time, by the compiled kernel; None: it cannot."""
        plan = self._scorer.plan(n_shared) if isinstance(self._scorer, MaskScorer) else None
        return None if plan is None else TreePlan(plan, self.n_classes)

    def raw_scores(self, X: AnyFloats) -> Floats:
        """Raw scores of k rows: shape (k,), or (k, n_classes) of a multiclass model.

        Args:
            X: shape (k, n_features), float32 or float64.

        Raises:
            FeatureMismatchError: X has another number of columns.
        """
        self._check_width(X.shape[1])
        return self._shaped(self._scorer.raw_scores(_floats(X)))

    def raw_scores_split(self, shared: AnyFloats, own: AnyFloats, row: AnyInts) -> Floats:
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

    def _shaped(self, scores: Floats) -> Floats:
        return scores[:, 0] if self.n_classes == 1 else scores


@dataclass(frozen=True, slots=True)
class TreePlan:
    """Trees as the compiled kernel holds them; made by ``Trees.plan``."""

    _plan: Any
    _classes: int

    def scores(self, shared: Floats32, own: Floats32 | None = None) -> Floats:
        """``Trees.raw_scores_split`` of one row of ``shared``, flat; ``own`` None: of that row alone."""
        scores: Floats = np.empty((1 if own is None else len(own)) * self._classes)
        kernel.native.score_trees(self._plan, shared, own, scores)
        return scores


_held: WeakValueDictionary[tuple[type[Trees], str], Trees] = WeakValueDictionary()


def _scorer(text: str) -> _Scorer:
    try:
        return MaskScorer(parse_forest(text))
    except NotCompilable:
        return _BoosterScorer(text)


class _Scorer(Protocol):
    """What ``Trees`` asks of either way of scoring; scores are (rows, n_classes)."""

    @property
    def n_classes(self) -> int: ...

    @property
    def n_features(self) -> int: ...

    def raw_scores(self, X: AnyFloats) -> Floats: ...

    def raw_scores_split(self, shared: AnyFloats, own: AnyFloats, row: AnyInts) -> Floats: ...


def _floats(X: AnyFloats) -> AnyFloats:
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


class _BoosterScorer:
    """Scores with LightGBM itself, on one thread."""

    def __init__(self, text: str) -> None:
        self._booster = load_lightgbm().Booster(model_str=text)
        self.n_classes: int = self._booster.num_model_per_iteration()
        self.n_features: int = self._booster.num_feature()

    def raw_scores(self, X: AnyFloats) -> Floats:
        if len(X) == 0:
            return np.zeros((0, self.n_classes))
        scores: Floats = np.asarray(self._booster.predict(X, raw_score=True, num_threads=1))
        return scores.reshape(len(X), self.n_classes)

    def raw_scores_split(self, shared: AnyFloats, own: AnyFloats, row: AnyInts) -> Floats:
        return self.raw_scores(np.hstack((shared[row], own)))

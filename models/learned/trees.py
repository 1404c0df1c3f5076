"""Trees: a LightGBM model as the service scores it.

Knows how to turn features into raw scores (before any link function) with the same bits as LightGBM's own
prediction, on one thread; knows nothing of what a score means, nor of files: a model is its text.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


class Trees:
    """Scores a LightGBM model; made by ``Trees.from_model_string``."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    @classmethod
    def from_model_string(cls, text: str) -> Trees:
        """Take a model as ``Booster.model_to_string()`` wrote it."""
        import lightgbm

        return cls(lightgbm.Booster(params={"verbosity": -1}, model_str=text))

    @property
    def n_classes(self) -> int:
        """Scores a row: 1 for regression and binary models, else the number of classes."""
        return int(self._booster.num_model_per_iteration())

    def raw_scores(self, X: NDArray[np.floating[Any]]) -> Scores:
        """Raw scores of k rows: shape (k,), or (k, n_classes) of a multiclass model."""
        if len(X) == 0:
            return np.empty((0,) if self.n_classes == 1 else (0, self.n_classes))
        return np.asarray(self._booster.predict(X, raw_score=True, num_threads=1))

    def raw_scores_split(
        self,
        shared: NDArray[np.floating[Any]],
        own: NDArray[np.floating[Any]],
        row: NDArray[np.integer[Any]],
    ) -> Scores:
        """Raw scores of ``hstack(shared[row], own)``: shared (n, F), own (m, G), row (m,)."""
        return self.raw_scores(np.hstack((shared[row], own)))

"""The whole method as one estimator with scikit-learn's interface."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from models.errors import TrainingDataError
from training.api.fitting import Evaluation, evaluate, fit
from training.api.policy import Policy
from training.data.frames import Frame
from training.run.cache import Cache
from training.run.dataset import Dataset


class NextBestAction(BaseEstimator):  # type: ignore[misc]
    """Learns which action is best for whom; ``fit``, ``predict``, ``score``.

    Args:
        seed: of everything that is drawn; None: the configuration's.
        tune: sizes of trees to try first.
        cache: features and models of earlier runs.

    Attributes:
        policy_: what was learned.
        evaluation_: of it, on the later decisions of the log that it was fitted on.
    """

    policy_: Policy
    evaluation_: Evaluation

    def __init__(self, seed: int | None = None, tune: int = 0, cache: Cache | None = None) -> None:
        self.seed = seed
        self.tune = tune
        self.cache = cache

    def fit(self, X: Dataset, y: None = None) -> NextBestAction:
        """Learn from the tables ``X``; ``y`` is there for scikit-learn's sake, outcomes are in the tables."""
        self.dataset_ = X
        self.policy_, self.evaluation_ = fit(X, seed=self.seed, tune=self.tune, cache=self.cache)
        return self

    def predict(self, X: Frame, at: datetime | None = None) -> NDArray[np.str_]:
        """The best action of each row of ``X``, shape (rows,); see ``Policy.decide`` for the rest.

        Args:
            X: customers and moments; histories are those of the tables that it was fitted on.
            at: when all are decided; aware.
        """
        check_is_fitted(self, "policy_")
        return np.array(
            self.policy_.decide(X, self.dataset_, at=at, best=True).column("action").to_pylist(), np.str_
        )

    def score(self, X: Dataset | None = None, y: None = None) -> float:
        """Money per decision on decisions that it did not learn from, doubly robust.

        Args:
            X: other tables; None: the later decisions of those that it was fitted on.

        Raises:
            TrainingDataError: the log cannot tell, and why.
        """
        check_is_fitted(self, "policy_")
        found = self.evaluation_ if X is None else evaluate(self.policy_, X)
        ours = found.ours
        if ours is None or ours.value is None:
            why = "it has no action probabilities" if ours is None else ours.refused
            raise TrainingDataError(f"the log cannot tell what the policy earns: {why}")
        return ours.value.value

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags

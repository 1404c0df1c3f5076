"""Response and transition model as scikit-learn estimators.

Training fits them, and so can a notebook. A row of X is ``design``'s: the treatment taken, the customer's
features, the candidate's. Without a journey the columns of X are plain numbers, so that any table will do.
``estimator`` takes the place of our trees; tables, calibration and effects of treatments stay ours.

Knows how rows and labels reach the fits of ``models/learned``; knows nothing of how these learn.
"""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from models.arrays import AnyInts, Floats, Floats32, Mask
from models.domain.journey import Journey
from models.learned.response.fit import fit_response
from models.learned.response.model import ResponseModel
from models.learned.transition.fit import fit_transition
from models.learned.transition.model import TransitionModel
from models.learned.trees.network import IN_THREADS, Network
from models.learned.trees.parameters import FeatureColumns, TreeParameters
from training.fit.foreign import Carried
from training.fit.plain import PlainColumns, plain_journey
from training.fit.prepared import Prepared

CALIBRATE: Final = 0.25
"""Share of the rows, the last ones, that calibrate where nobody says which do."""


def design(prepared: Prepared, rows: AnyInts | Mask) -> Floats32:
    """X of some rows, shape (k, 1 + F + G): treatment taken, customer's features, candidate's features."""
    treatment = prepared.rows.treatment[rows].astype(np.float32)
    return np.hstack((treatment[:, None], prepared.customer_x[rows], prepared.candidate_x[rows]))


class _JourneyEstimator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both estimators share: parameters, and the parts of X.

    Args:
        journey: phases, treatments and beliefs; None: a plain table.
        spec: names and kinds of the features; with a journey only.
        parameters: sizes of our trees; None: the usual ones.
        estimator: an unfitted scikit-learn classifier in place of our trees, see ``foreign.CARRIED``.
        random_state: an integer, a generator to go on with, or None: another seed each time.
    """

    def __init__(
        self,
        journey: Journey | None = None,
        spec: FeatureColumns | None = None,
        *,
        parameters: TreeParameters | None = None,
        estimator: Any = None,
        random_state: np.random.Generator | int | None = None,
    ) -> None:
        self.journey = journey
        self.spec = spec
        self.parameters = parameters
        self.estimator = estimator
        self.random_state = random_state

    def predict(self, X: Any) -> Any:
        """The likeliest class of each row, shape (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.poor_score = True  # with few rows it says the base rate, and means it
        return tags

    def _common(self, X: Floats32, customer: Any, later: Any, journey: Journey) -> dict[str, Any]:
        """What both fits are given."""
        n, parameters = len(X), self.parameters or TreeParameters()
        ends = np.arange(n) >= n - int(CALIBRATE * n)
        return {
            **self._parts(X, journey),
            "journey": journey,
            "spec": self.spec or PlainColumns(X.shape[1]),
            "customer": np.arange(n) if customer is None else np.asarray(customer),
            "calibrate": ends if later is None else np.asarray(later, dtype=bool),
            "parameters": parameters,
            "rng": np.random.default_rng(self.random_state),
            "learner": None if self.estimator is None else Carried(self.estimator, parameters.num_threads),
        }

    def _of_prepared(self, prepared: Prepared, at: AnyInts, later: Mask, network: Network) -> dict[str, Any]:
        """What both fits are given of the rows ``at``, which stay where they are."""
        parameters, rows = self.parameters or TreeParameters(), prepared.rows
        return {
            "customer_x": prepared.customer_x,
            "candidate_x": prepared.candidate_x,
            "at": at,
            "phase": prepared.situations.phase[at].astype(np.int64),
            "treatment": rows.treatment[at].astype(np.int64),
            "journey": prepared.journey,
            "spec": prepared.spec,
            "customer": rows.customer[at],
            "calibrate": later,
            "parameters": parameters,
            "rng": np.random.default_rng(self.random_state),
            "learner": None if self.estimator is None else Carried(self.estimator, parameters.num_threads),
            "network": network,
        }

    def _parts(self, X: Floats32, journey: Journey) -> dict[str, Any]:
        """Customer's and candidate's features, phase and treatment of the rows of X."""
        if self.journey is None or self.spec is None:
            nothing = np.zeros(len(X), dtype=np.int64)
            treatment = nothing + (len(journey.phases) == 1)  # doing nothing, where phases are the labels
            return {"customer_x": X, "candidate_x": X[:, :0], "phase": nothing, "treatment": treatment}
        ours = 1 + len(self.spec.customer_names)
        return {
            "customer_x": X[:, 1:ours],
            "candidate_x": X[:, ours:],
            "phase": X[:, 1].astype(np.int64),
            "treatment": X[:, 0].astype(np.int64),
        }

    def _checked(self, X: Any, y: Any) -> tuple[Floats32, Any]:
        if (self.journey is None) is not (self.spec is None):
            raise ValueError("journey and spec are given together, or neither is: a spec names X's columns.")
        least = 1 if self.journey is None else 0  # a journey's beliefs need no rows
        X, y = validate_data(
            self, X, y, dtype=np.float32, ensure_all_finite="allow-nan", ensure_min_samples=least
        )
        check_classification_targets(y)
        if self.spec is not None:
            width = 1 + len(self.spec.customer_names) + len(self.spec.candidate_names)
            if X.shape[1] != width:
                raise ValueError(f"expected X with {width} columns, as design() makes it, got {X.shape[1]}.")
        return X, y

    def _read(self, X: Any) -> Floats32:
        check_is_fitted(self)
        read = validate_data(self, X, dtype=np.float32, ensure_all_finite="allow-nan", reset=False)
        return np.ascontiguousarray(read)

    def _coded(self, y: Any) -> AnyInts:
        """Positions of labels in ``classes_``.

        Raises:
            ValueError: a label is none of them.
        """
        place = np.minimum(np.searchsorted(self.classes_, y), len(self.classes_) - 1)
        if not np.array_equal(self.classes_[place], y):
            raise ValueError(f"expected labels {self.classes_.tolist()}, got {np.unique(y).tolist()}.")
        return np.asarray(place)


class ResponseEstimator(_JourneyEstimator):
    """Propensity: whether a contact is followed by a positive outcome.

    Attributes:
        model_: the ``ResponseModel`` that a bundle carries.
        classes_: with a journey 0 and 1, else the two labels of y.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any, customer: Any = None, later: Any = None) -> Self:
        """Learn from n decisions.

        Args:
            X: shape (n, F), see ``design``.
            y: shape (n,). The response.
            customer: shape (n,). Rows of one customer are no independent proof; None: each is another's.
            later: shape (n,). Rows that calibrate and stop the growing; None: the last quarter.

        Raises:
            ValueError: shapes or labels do not fit.
        """
        X, y = self._checked(X, y)
        self.classes_ = np.unique(y) if self.journey is None else np.arange(2)
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass: "
                f"expected two labels, got {len(self.classes_)}."
            )
        common = self._common(X, customer, later, self.journey or plain_journey(1))
        self.model_: ResponseModel = fit_response(response=self._coded(y), **common)
        return self

    def fit_rows(self, prepared: Prepared, at: AnyInts, later: Mask, network: Network = IN_THREADS) -> Self:
        """As ``fit`` with the ``design`` of the rows ``at``, but their features are not copied."""
        self.classes_ = np.arange(2)
        common = self._of_prepared(prepared, at, later, network)
        weight = prepared.split.weight
        self.model_ = fit_response(
            response=prepared.rows.response[at],
            weight=None if weight is None else weight[at],
            **common,
        )
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Shape (n, 2): no response and response."""
        X = self._read(X)
        parts = self._parts(X, self.journey or plain_journey(1))
        chance = self.model_.propensity(row=np.arange(len(X)), **parts).value
        return np.column_stack((1.0 - chance, chance))[:, : len(self.classes_)]


class TransitionEstimator(_JourneyEstimator):
    """Next phase: where a customer is at the horizon.

    Attributes:
        model_: the ``TransitionModel`` that a bundle carries.
        classes_: with a journey the codes of its phases, else the labels of y.
    """

    def fit(self, X: Any, y: Any, customer: Any = None, later: Any = None) -> Self:
        """Learn from n decisions.

        Args:
            X: shape (n, F), see ``design``.
            y: shape (n,). The phase at the horizon.
            customer, later: see ``ResponseEstimator.fit``.

        Raises:
            ValueError: shapes or labels do not fit.
        """
        X, y = self._checked(X, y)
        self.classes_ = np.unique(y) if self.journey is None else np.arange(len(self.journey.phases))
        common = self._common(X, customer, later, self._whose())
        self.model_: TransitionModel = fit_transition(next_phase=self._coded(y), **common)
        return self

    def fit_rows(self, prepared: Prepared, at: AnyInts, later: Mask, network: Network = IN_THREADS) -> Self:
        """As ``fit`` with the ``design`` of the rows ``at``, but their features are not copied."""
        self.classes_ = np.arange(len(prepared.journey.phases))
        common = self._of_prepared(prepared, at, later, network)
        self.model_ = fit_transition(next_phase=prepared.rows.next_phase[at].astype(np.int64), **common)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Shape (n, P): chance of each phase."""
        X = self._read(X)
        parts = self._parts(X, self._whose())
        baseline = self.model_.baseline(parts["customer_x"], parts["phase"])
        row = np.arange(len(X))
        return self.model_.probabilities(baseline, row, parts["phase"], parts["treatment"])

    def _whose(self) -> Journey:
        return self.journey or plain_journey(max(len(self.classes_), 2))

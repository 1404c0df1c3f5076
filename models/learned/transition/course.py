"""How a customer's features move them forward or backward.

The move is the same whatever the phase. A few numbers shared by all phases: what one unit of engagement,
contact pressure, age or an attribute adds to the log-odds of every phase further on, and of every phase
further back, in the journey's order. Trees need many rows in each phase to see such a thing; here all phases
teach it together, so that contact pressure shows its price early. Only customers whose windows of contacts
are whole teach it. The trees then learn what is left.

Knows features and next phases; knows nothing of treatments (the caller takes them out) or money.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.learned.features.summary import ValueFeatures, choose_value_features, window_days
from models.learned.transition.effects import softmax
from models.learned.trees.parameters import FeatureColumns

_ROUNDS = 8
_WIDTH = 0.3  # standard deviation of a weight before the rows are seen, log-odds a standard deviation
_NEVER = 1e9  # precision of a weight that stays at zero
LARGEST: Final = 4.0
"""Standard deviations beyond which a feature adds no more."""
_MOST_ROWS = 400_000  # more rows change no digit that counts
_ENOUGH_ROWS = 2_000  # with fewer whose windows are whole, all rows teach


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Fitted by ``fit_course``.

    Attributes:
        features: what it looks at, K of them.
        weights: shape (K, 2). Log-odds a standard deviation: of moving forward, of moving backward.
        towards: shape (P, P). 0 for the same phase, 1 for one further on, 2 for one further back.
    """

    features: ValueFeatures
    weights: Floats
    towards: AnyInts

    def scores(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """What it adds to the log-odds of the next phase: shape (n, P).

        A row's bits do not depend on the others: one product a row, since that of a whole matrix adds up
        in another order than that of a single row.
        """
        x = np.ascontiguousarray(_bounded(self.features.now(customer_x)))
        either = np.zeros((len(x), 3))
        either[:, 1:] = (x[:, None] @ self.weights)[:, 0]
        return np.asarray(either[np.arange(len(x))[:, None], self.towards[phase]])

    def to_json(self) -> dict[str, Any]:
        return {"features": self.features.to_json(), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], phases: int) -> Course:
        """What ``to_json`` gave."""
        features = ValueFeatures.from_json(value["features"])
        weights = np.array(value["weights"], dtype=np.float64).reshape(len(features.names), 2)
        return cls(features=features, weights=weights, towards=directions(phases))


def fit_course(
    *,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    at: AnyInts,
    known: Floats,
    phase: AnyInts,
    next_phase: AnyInts,
) -> Course:
    """Penalised Newton steps on n rows.

    Args:
        spec: names and kinds of the features.
        customer_x: shape (N, F).
        at: shape (n,). Positions of the rows in ``customer_x``.
        known: shape (n, P). Log-odds of the next phase by all else, effects of treatments included.
        phase, next_phase: shape (n,).
    """
    whole = _whole(spec, customer_x, at)
    rows = whole[_thinned(len(whole))]
    own_x = customer_x[at[rows]]
    features = choose_value_features(spec, own_x)
    towards = directions(known.shape[1])
    x = _bounded(features.now(own_x))
    of_row, known, weights = towards[phase[rows]], known[rows], np.zeros((x.shape[1], 2))
    held = _precisions(features.names)
    seen = _by_direction(np.eye(known.shape[1])[next_phase[rows]], of_row)
    for _ in range(_ROUNDS):
        moved = np.column_stack((np.zeros(len(x)), x @ weights))
        chance = _by_direction(softmax(known + np.take_along_axis(moved, of_row, axis=1)), of_row)
        weights = weights + _step(x, seen - chance, chance, weights, held)
    return Course(features=features, weights=weights, towards=towards)


def directions(phases: int) -> AnyInts:
    """Shape (P, P): 0 the same phase, 1 further on in the journey's order, 2 further back."""
    order = np.arange(phases)
    return np.asarray(np.where(order > order[:, None], 1, np.where(order < order[:, None], 2, 0)))


def _whole(spec: FeatureColumns, customer_x: AnyFloats, at: AnyInts) -> AnyInts:
    """Rows of customers known for as long as the windows of contacts reach back; all rows, if those are few.

    Few contacts of a young record are no rest: it is the log, or the customer, that has only begun, and who
    has only begun moves otherwise. Such rows would call that the price of contacts.
    """
    names = list(spec.customer_names)
    if "tenure_days" not in names:
        return np.arange(len(at))
    known_days = customer_x[:, names.index("tenure_days")][at]
    longest = max((window_days(name, "contacts") or 0.0 for name in names), default=0.0)
    whole = np.flatnonzero(known_days >= longest)
    return whole if len(whole) >= _ENOUGH_ROWS else np.arange(len(at))


def _thinned(n: int) -> AnyInts:
    return np.unique(np.linspace(0, n - 1, min(n, _MOST_ROWS)).round().astype(np.int64))


def _bounded(x: Floats) -> Floats:
    return np.asarray(np.minimum(np.maximum(x, -LARGEST), LARGEST))


def _by_direction(of_phases: Floats, of_row: AnyInts) -> Floats:
    """Sums over the phases further on and further back: shape (n, 2)."""
    return np.column_stack([(of_phases * (of_row == code)).sum(axis=1) for code in (1, 2)])


def _precisions(names: tuple[str, ...]) -> Floats:
    """Of each weight, shape (K, 2). Contacts slow customers down, no more: which of them send customers back
    is an effect of those treatments, and the contacts of the past are not the ones that we would make. Days
    since the first event grow with the log itself: a weight on them would lead all customers astray later."""
    precisions = np.full((len(names), 2), _WIDTH**-2)
    precisions[[name.startswith("contacts_") for name in names], 1] = _NEVER
    precisions[[name == "tenure_days" for name in names]] = _NEVER
    return precisions


def _step(x: Floats, missed: Floats, chance: Floats, weights: Floats, held: Floats) -> Floats:
    """One Newton step; the two directions share each row's chance of staying."""
    k = x.shape[1]
    hessian = np.diag(held.T.ravel())
    for a in range(2):
        for b in range(2):
            curve = chance[:, a] * ((a == b) - chance[:, b])
            hessian[a * k : (a + 1) * k, b * k : (b + 1) * k] += x.T @ (x * curve[:, None])
    gradient = (x.T @ missed).T.ravel() - (weights * held).T.ravel()
    step = np.linalg.solve(hessian, gradient).reshape(2, k).T
    return np.asarray(np.clip(step, -1.0, 1.0))

"""A linear model as a scorecard.

Every feature is in bins, and the weights of bins add up on the log-odds. scikit-learn's linear models take
neither what is missing nor codes, and a weight on a raw number would run away beyond what was seen. So a
number is cut at quantiles, each code is a bin, and what is missing is a bin of its own. A bin's weight is a
leaf, so that the model travels as trees like any other.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from training.fit.tree_text import Node, Tree, constant

BINS: Final = 16
"""Of a number, beside what is missing."""
MOST_BINS: Final = 62
"""Codes beyond that share bins with their neighbours: a tree has at most 64 leaves."""
_EVERYTHING: Final = float(np.finfo(np.float64).max)


def scorecard(
    estimator: Any,
    x: AnyFloats,
    label: AnyInts,
    categorical: tuple[int, ...],
    weight: Floats | None = None,
) -> list[Tree]:
    """Fit a linear classifier on bins.

    Args:
        estimator: a scikit-learn classifier with ``coef_`` and ``intercept_``, not fitted.
        x: shape (n, F). nan is missing.
        label: shape (n,).
        categorical: columns that hold codes.
        weight: shape (n,). How much each row counts; None: all alike.

    Returns:
        One tree a column and score, the scores of a column one after the other; constants last.
    """
    from sklearn.preprocessing import OneHotEncoder  # takes a while, and few trainings need it

    edges = [_edges(x[:, column], column in categorical) for column in range(x.shape[1])]
    bins = np.column_stack([_bins(x[:, column], edge) for column, edge in enumerate(edges)])
    encoder = OneHotEncoder(handle_unknown="ignore")
    estimator.fit(encoder.fit_transform(bins), label, sample_weight=weight)
    trees: list[Tree] = []
    begin = 0
    for column, (edge, seen) in enumerate(zip(edges, encoder.categories_, strict=True)):
        rows = np.bincount(bins[:, column], minlength=len(edge) + 2)
        rows = np.maximum(rows, 1)  # LightGBM divides by them
        for weights in estimator.coef_[:, begin : begin + len(seen)]:
            values = np.zeros(len(edge) + 2)
            values[seen] = weights
            trees.append(_staircase(column, edge, values, rows))
        begin += len(seen)
    return [*trees, *(constant(float(value), len(x)) for value in estimator.intercept_)]


def _edges(values: AnyFloats, codes: bool) -> Floats:
    """Upper ends of all bins but the last, shape (bins - 1,), strictly rising."""
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return np.empty(0)
    distinct = np.unique(known)
    if codes and len(distinct) <= MOST_BINS:
        return np.asarray(distinct[:-1] + 0.5)
    shares = np.linspace(0.0, 1.0, (MOST_BINS if codes else BINS) + 1)[1:-1]
    edges = np.unique(np.quantile(known, shares, method="inverted_cdf"))
    return np.asarray(edges[edges < distinct[-1]])


def _bins(values: AnyFloats, edges: Floats) -> AnyInts:
    """Shape (n,); the last bin is of what is missing."""
    place = np.searchsorted(edges, values.astype(np.float64), side="left")
    return np.where(np.isnan(values), len(edges) + 1, place)


def _staircase(column: int, edges: Floats, values: Floats, rows: AnyInts) -> Tree:
    """Bins from left to right, what is missing last; what is missing passes every node on the right."""
    ends = [*edges.tolist(), _EVERYTHING]
    left_over = rows[::-1].cumsum()[::-1].tolist()
    last = len(ends) - 1
    nodes = [
        Node(
            column=column,
            threshold=end,
            missing_left=False,
            left=-1 - place,
            right=-1 - len(ends) if place == last else place + 1,
            rows=int(left_over[place]),
            gain=float(rows[place] * values[place] ** 2),
        )
        for place, end in enumerate(ends)
    ]
    return Tree(nodes=nodes, values=values.tolist(), rows=rows.tolist())

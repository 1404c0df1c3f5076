"""Other people's estimators in the place of our trees.

A bundle holds no pickle, so only what can be written as trees may come in: gradient boosting in histograms as
it is, linear models as scorecards. Everything else is refused by name before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from models.arrays import AnyFloats, AnyInts, Floats
from models.errors import TrainingConfigError
from models.learned.trees.lightgbm_text import MAX_LEAVES
from training.fit.scorecard import scorecard
from training.fit.tree_text import Node, Tree, constant, tree_text

BOOSTING: Final = "sklearn.ensemble.HistGradientBoostingClassifier"
LINEAR: Final = ("sklearn.linear_model.LogisticRegression", "sklearn.linear_model.LogisticRegressionCV")
CARRIED: Final = (BOOSTING, *LINEAR)
"""Names that a ``training.yaml`` may use; their modules are loaded when one is used, which takes a while."""


def make_estimator(name: str, options: Mapping[str, Any], where: str) -> Any:
    """An estimator by its name.

    Args:
        options: its constructor's.
        where: the field of the configuration, for messages.

    Raises:
        TrainingConfigError: it cannot be carried into a bundle, or an option is wrong.
    """
    if name not in CARRIED:
        raise TrainingConfigError(
            f"{where}.estimator: expected one of {', '.join(CARRIED)}, got {name}, which cannot be carried "
            "into a bundle: a bundle holds trees and tables, never a pickle. See docs/how-to/scikit-learn.md."
        )
    estimator = _class(name)()
    unknown = sorted(set(options) - set(estimator.get_params()))
    if unknown:
        raise TrainingConfigError(
            f"{where}: {name} has no {', '.join(unknown)}; it has {', '.join(estimator.get_params())}."
        )
    estimator.set_params(**options)
    check_carried(estimator, where)
    return estimator


def check_carried(estimator: Any, where: str = "estimator") -> None:
    """Whether what an estimator will learn can be written as trees.

    Raises:
        TrainingConfigError: it cannot.
    """
    kind = type(estimator)
    if _name(estimator) is None:
        raise TrainingConfigError(
            f"{where}: a {kind.__module__}.{kind.__name__} cannot be carried into a bundle; "
            f"expected one of {', '.join(CARRIED)}. See docs/how-to/scikit-learn.md."
        )
    if _name(estimator) != BOOSTING:
        return
    leaves = estimator.max_leaf_nodes
    if leaves is None or leaves > MAX_LEAVES:
        raise TrainingConfigError(f"{where}.max_leaf_nodes: expected at most {MAX_LEAVES}, got {leaves}.")
    if estimator.categorical_features not in (None, "from_dtype"):
        raise TrainingConfigError(
            f"{where}.categorical_features: leave it out. Codes are numbers to this estimator: its way with "
            "missing categories cannot be carried."
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """Fits a copy of an estimator, and writes trees.

    ``threads``: of OpenMP; they wait for one another, so more than there are cores cost a multiple.
    """

    estimator: Any
    threads: int = 1

    def __call__(
        self,
        x: AnyFloats,
        label: AnyInts,
        *,
        scores: int,
        categorical: tuple[int, ...],
        rng: np.random.Generator,
        weight: Floats | None = None,
    ) -> str:
        check_carried(self.estimator)
        estimator = clone(self.estimator)
        if estimator.get_params().get("random_state", 0) is None:
            estimator.set_params(random_state=int(rng.integers(2**31 - 1)))
        with threadpool_limits(self.threads, user_api="openmp"):
            if _name(estimator) in LINEAR:
                trees = scorecard(estimator, x, label, categorical, weight)
            else:
                trees = _boosted(estimator.fit(_some_value(x), label, sample_weight=weight), len(x))
        if scores == 2:  # scikit-learn gives two classes one score, that of the second
            trees = [each for tree in trees for each in (constant(0.0, len(x)), tree)]
        return tree_text(trees, x.shape[1], scores)


def _some_value(x: AnyFloats) -> AnyFloats:
    """Columns without a single value become constant: histogram boosting fails on them."""
    return np.where(np.isnan(x).all(axis=0), np.zeros(1, dtype=x.dtype), x)


def _class(name: str) -> Any:
    module, _, kind = name.rpartition(".")
    return getattr(import_module(module), kind)


def _name(estimator: Any) -> str | None:
    """Which of ``CARRIED`` it is; a subclass is none of them."""
    return next((name for name in CARRIED if type(estimator) is _class(name)), None)


def _boosted(fitted: Any, rows: int) -> list[Tree]:
    """The trees of histogram boosting, what they start from first."""
    start = [constant(float(value), rows) for value in np.ravel(fitted._baseline_prediction)]
    return [*start, *(_tree(each.nodes) for turn in fitted._predictors for each in turn)]


def _tree(nodes: Any) -> Tree:
    """From scikit-learn's table of nodes and leaves, parents first."""
    tree, names = Tree(), {}
    for number, is_leaf in enumerate(nodes["is_leaf"].tolist()):
        if is_leaf:
            names[number] = -1 - len(tree.values)
            tree.values.append(float(nodes["value"][number]))
            tree.rows.append(int(nodes["count"][number]))
        else:
            names[number] = sum(name >= 0 for name in names.values())
    tree.nodes = [
        Node(
            column=int(node["feature_idx"]),
            threshold=float(node["num_threshold"]),
            missing_left=bool(node["missing_go_to_left"]),
            left=names[int(node["left"])],
            right=names[int(node["right"])],
            rows=int(node["count"]),
            gain=float(node["gain"]),
        )
        for node in nodes
        if not node["is_leaf"]
    ]
    return tree

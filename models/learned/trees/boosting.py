"""LightGBM in one place, seeded and deterministic.

Boosting starts from a table's scores. Bins are made once, and trees are grown from them as often as wanted;
what the trees say of the rows they were grown from comes with them, so that nobody scores those rows again.

Knows LightGBM's parameters and its text format; knows nothing of responses, phases or customers. It is
imported to train only: the service scores with ``models/learned/trees/trees.py``.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.learned.trees.network import IN_THREADS, Network, grow_together
from models.learned.trees.parameters import TreeParameters
from models.learned.trees.trees import Trees
from models.statistics import JUDGED_90

CHUNK: Final = 65_536  # rows scored at a time
_DRIFT: Final = 0.5  # standard deviations of a number, or share of the rows that have another code
_DRIFT_ROWS, _DRIFT_FEWEST = 20_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingTask:
    """What to learn.

    N rows, labels, and which of the rows are of a later time.

    Attributes:
        matrix: gives the features of the rows at some positions, shape (k, F).
        names: of the F features.
        categorical: columns that hold codes; nan is "none".
        label: shape (n,). 0 or 1, or a class in 0..K-1.
        later: shape (n,). Rows kept out of growing; they decide when to stop.
        customer: shape (n,). Rows of one customer are no independent proof.
        steady: whether columns whose values wander off with time are left out.
        weight: shape (n,). How much each row counts; None: all alike.
    """

    matrix: Callable[[AnyInts], AnyFloats]
    names: Sequence[str]
    categorical: Sequence[int]
    label: AnyInts
    later: Mask
    customer: AnyInts
    steady: bool = False
    weight: Floats | None = None

    def weights(self, rows: AnyInts) -> Floats | None:
        """Of the rows at some positions."""
        return None if self.weight is None else self.weight[rows]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grown:
    """Trees that were grown.

    ``text``: LightGBM's; ``scores``: shape (n,) or (n, K), what the trees add to the start of each row.
    """

    text: str
    scores: Floats


class Grower:
    """The rows of a task in LightGBM's bins."""

    def __init__(
        self,
        task: BoostingTask,
        parameters: TreeParameters,
        rng: np.random.Generator,
        network: Network = IN_THREADS,
    ) -> None:
        """At most ``parameters.most_rows`` rows to grow from and as many to watch, evenly spaced."""
        self.task = task
        self.rows = _spaced(np.flatnonzero(~task.later), parameters.most_rows)
        self.later = _spaced(np.flatnonzero(task.later), parameters.most_rows)
        self.drifting = _drifting(task, self.rows, self.later) if task.steady else np.empty(0, dtype=np.int64)
        self._parameters = parameters
        self._seed = int(rng.integers(2**31 - 1))
        self._network = network
        self._train: Any = None
        if not parameters.networked:
            self._train = self._dataset(self.rows, _bins(parameters, self._seed))

    def grow(
        self, start: Floats, *, iterations: int, leaves: int, watch: bool = True, most: int | None = None
    ) -> Grown | None:
        """Grow trees, or None if they prove nothing on the later rows.

        Same rows, parameters and generator state: same text, byte for byte.

        Args:
            start: shape (n,) or (n, K). Raw scores before the first tree.
            watch: whether the later rows decide when to stop (never where ``early_stopping_rounds`` is 0).
            most: grow from so many of the rows only, evenly spaced; None: from all.
        """
        if self._parameters.networked:
            return self._grow_together(start, iterations, leaves, watch, most)
        parameters, rounds = self._parameters, self._parameters.early_stopping_rounds
        watch = watch and rounds > 0 and len(self.later) > 0
        settings = _settings(start, leaves, parameters, self._seed)
        place = _spaced(np.arange(len(self.rows)), most or len(self.rows))
        train = self._train if len(place) == len(self.rows) else self._train.subset(place.tolist())
        train.construct().set_init_score(start[self.rows[place]])
        lightgbm = _lightgbm()
        booster = lightgbm.train(
            settings,
            train,
            num_boost_round=iterations,
            valid_sets=[self._watched(start, settings)] if watch else None,
            callbacks=[lightgbm.early_stopping(rounds, verbose=False)] if watch else None,
            keep_training_booster=True,
        )
        while watch and booster.current_iteration() > max(booster.best_iteration, 1):
            booster.rollback_one_iter()
        scores = np.full(start.shape, np.nan)
        scores[self.rows[place]] = _seen(booster.eval_train) - start[self.rows[place]]
        if watch:
            scores[self.later] = _seen(booster.eval_valid) - start[self.later]
            if not self._improved(start[self.later], scores[self.later]):
                return None
        return Grown(text=_text(booster), scores=scores)

    def _grow_together(
        self, start: Floats, iterations: int, leaves: int, watch: bool, most: int | None
    ) -> Grown | None:
        """The same on all machines; never stopped early, but later rows still judge what was grown."""
        rows = self.rows[_spaced(np.arange(len(self.rows)), most or len(self.rows))]
        text = grow_together(
            self._network,
            self._matrix,
            rows,
            label=self.task.label[rows],
            weight=self.task.weights(rows),
            start=start[rows],
            names=self.task.names,
            categorical=self.task.categorical,
            settings=_settings(start, leaves, self._parameters, self._seed),
            iterations=iterations,
        )
        trees = Trees.from_model_string(text)
        scores = np.full(start.shape, np.nan)
        scores[rows] = tree_scores(trees, self._matrix, rows)
        if watch and len(self.later):
            scores[self.later] = tree_scores(trees, self._matrix, self.later)
            if not self._improved(start[self.later], scores[self.later]):
                return None
        return Grown(text=text, scores=scores)

    def _matrix(self, rows: AnyInts) -> AnyFloats:
        """Features of rows, without those that wander off."""
        matrix = np.ascontiguousarray(self.task.matrix(rows), dtype=np.float32)
        if len(self.drifting):
            matrix = matrix.copy()
            matrix[:, self.drifting] = np.nan
        return matrix

    def _watched(self, start: Floats, settings: dict[str, Any]) -> Any:
        valid = self._dataset(self.later, settings, self._train)
        return valid.construct().set_init_score(start[self.later])

    def _dataset(self, rows: AnyInts, settings: dict[str, Any], reference: Any = None) -> Any:
        return _lightgbm().Dataset(
            self._matrix(rows),
            label=self.task.label[rows],
            weight=self.task.weights(rows),
            feature_name=list(self.task.names),
            categorical_feature=list(self.task.categorical),
            params=settings,
            reference=reference,
        )

    def _improved(self, start: Floats, scores: Floats) -> bool:
        """Whether the trees tell more of later customers than the start does, beyond chance."""
        label = self.task.label[self.later]
        gain = _log_likelihood(start + scores, label) - _log_likelihood(start, label)
        weight = self.task.weights(self.later)
        gain = gain if weight is None else weight * gain
        group = np.unique(self.task.customer[self.later], return_inverse=True)[1]
        of_customer = np.bincount(group, weights=gain)
        return bool(gain.sum() > JUDGED_90 * np.sqrt((of_customer**2).sum()))


def tree_scores(trees: Trees, matrix: Callable[[AnyInts], AnyFloats], rows: AnyInts) -> Floats:
    """Raw scores of the rows at some positions, chunk by chunk: shape (k,) or (k, K)."""
    chunks = range(0, max(len(rows), 1), CHUNK)
    return np.concatenate([trees.raw_scores(matrix(rows[begin : begin + CHUNK])) for begin in chunks])


def _spaced(rows: AnyInts, most: int) -> AnyInts:
    if len(rows) <= most:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)])


def _lightgbm() -> Any:
    """LightGBM's threads must not spin between calls: on a shared machine that doubles the CPU."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    return lightgbm


def _bins(parameters: TreeParameters, seed: int) -> dict[str, Any]:
    """What bins depend on."""
    return {
        "max_bin": parameters.max_bin,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": parameters.num_threads,
        "seed": seed,
        "verbosity": -1,
    }


def _settings(start: Floats, leaves: int, parameters: TreeParameters, seed: int) -> dict[str, Any]:
    several = start.ndim == 2
    return {
        **_bins(parameters, seed),
        "objective": "multiclass" if several else "binary",
        "num_class": start.shape[1] if several else 1,
        "metric": "multi_logloss" if several else "binary_logloss",
        "boost_from_average": False,
        "learning_rate": parameters.learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": parameters.min_data_in_leaf,
        "lambda_l2": parameters.lambda_l2,
        "max_cat_threshold": 16,
        "min_data_per_group": parameters.min_data_in_leaf,
        "cat_smooth": 20.0,
    }


def _drifting(task: BoostingTask, early: AnyInts, late: AnyInts) -> AnyInts:
    """Columns that wander off: later rows have other values than the rows to grow from.

    Most grow with the length of the log itself: events so far, days since the first, the month of a log of
    a year. A tree would take the late for the great, and every row to come would be beyond what it has seen.
    """
    if min(len(early), len(late)) < _DRIFT_FEWEST:
        return np.empty(0, dtype=np.int64)
    first, then = (
        np.asarray(task.matrix(_spaced(rows, _DRIFT_ROWS)), dtype=np.float64) for rows in (early, late)
    )
    mean, spread = _moments(first)
    drifts = np.abs(_moments(then)[0] - mean) > _DRIFT * spread
    for column in task.categorical:
        drifts[column] = _distance(first[:, column], then[:, column]) > _DRIFT
    return np.flatnonzero(drifts)


def _distance(first: Floats, then: Floats) -> float:
    """Total variation between two samples of codes; nan is a code."""
    codes, place = np.unique(np.concatenate((first, then)), return_inverse=True)
    counts = np.bincount(place[: len(first)], minlength=len(codes)) / len(first)
    later = np.bincount(place[len(first) :], minlength=len(codes)) / len(then)
    return float(0.5 * np.abs(counts - later).sum())


def _moments(x: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what is known of each column; without any: 0."""
    known = ~np.isnan(x)
    rows = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0.0).sum(axis=0) / rows
    variance = (np.where(known, x - mean, 0.0) ** 2).sum(axis=0) / rows
    return mean, np.sqrt(variance)


def _seen(evaluate: Any) -> Floats:
    """Start and trees together for the rows that LightGBM holds, on the log-odds, as it keeps them itself."""
    predictions: list[Floats] = []

    def keep(chance: Floats, _: Any) -> tuple[str, float, bool]:
        predictions.append(chance.copy())
        return "kept", 0.0, True

    evaluate(keep)
    chance = np.minimum(np.maximum(predictions[0], 1e-300), 1.0 - 1e-16)
    return np.asarray(np.log(chance) if chance.ndim == 2 else np.log(chance) - np.log1p(-chance))


def _log_likelihood(logits: Floats, label: AnyInts) -> Floats:
    """Of each row, shape (n,)."""
    if logits.ndim == 1:
        return np.asarray(logits * label - np.logaddexp(0.0, logits))
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return np.asarray(logits[np.arange(len(label)), label] - total)


def _text(booster: Any) -> str:
    """The model without its parameter listing, which no score depends on."""
    text: str = booster.model_to_string(num_iteration=-1)
    return text.split("\nparameters:\n")[0] + "\n"

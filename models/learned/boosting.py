"""Boosting: LightGBM in one place, seeded and deterministic, started from a table's scores.

Knows LightGBM's parameters and its text format; knows nothing of responses, phases or customers. It is
imported to train only: the service scores with ``models/learned/trees.py``.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.learned.parameters import Codes, Features, Floats, Mask, TreeParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingTask:
    """What to learn: rows, labels, and the scores that the trees start from.

    Attributes:
        features: shape (n, F).
        names: of the F features.
        categorical: columns that hold codes; nan is "none".
        label: shape (n,). 0 or 1, or a class in 0..K-1.
        start: shape (n,) or (n, K). Raw scores before the first tree.
        later: shape (n,). Rows kept out of growing; they decide when to stop.
    """

    features: Features
    names: Sequence[str]
    categorical: Sequence[int]
    label: Codes
    start: Floats
    later: Mask


def grow(
    task: BoostingTask, *, iterations: int, leaves: int, parameters: TreeParameters, rng: np.random.Generator
) -> str | None:
    """Grow trees and return LightGBM's text, or None if not one tree was worth growing.

    Same rows, parameters and generator state: same text, byte for byte.
    """
    task = _thinned(task, parameters.most_rows)
    lightgbm = _lightgbm()
    settings = _settings(task, leaves, parameters, int(rng.integers(2**31 - 1)))
    train = _dataset(lightgbm, task, ~task.later, settings)
    watch = parameters.early_stopping_rounds > 0 and bool(task.later.any())
    booster = lightgbm.train(
        settings,
        train,
        num_boost_round=iterations,
        valid_sets=[_dataset(lightgbm, task, task.later, settings, train)] if watch else None,
        callbacks=[lightgbm.early_stopping(parameters.early_stopping_rounds, verbose=False)]
        if watch
        else None,
    )
    best = booster.best_iteration if watch and booster.best_iteration > 0 else iterations
    if watch and not _improved(booster, task):
        return None
    return _text(booster, best)


def _thinned(task: BoostingTask, most: int) -> BoostingTask:
    """At most ``most`` rows to grow from and as many to watch, evenly spaced."""
    if len(task.label) <= most:
        return task
    parts = (np.flatnonzero(~task.later), np.flatnonzero(task.later))
    kept = np.sort(np.concatenate([_spaced(rows, most) for rows in parts]))
    return replace(
        task,
        features=task.features[kept],
        label=task.label[kept],
        start=task.start[kept],
        later=task.later[kept],
    )


def _spaced(rows: Codes, most: int) -> Codes:
    if len(rows) <= most:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)])


def _lightgbm() -> Any:
    """LightGBM's threads must not spin between calls: on a shared machine that doubles the CPU."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    return lightgbm


def _settings(task: BoostingTask, leaves: int, parameters: TreeParameters, seed: int) -> dict[str, Any]:
    several = task.start.ndim == 2
    return {
        "objective": "multiclass" if several else "binary",
        "num_class": task.start.shape[1] if several else 1,
        "metric": "multi_logloss" if several else "binary_logloss",
        "boost_from_average": False,
        "learning_rate": parameters.learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": parameters.min_data_in_leaf,
        "lambda_l2": parameters.lambda_l2,
        "max_bin": parameters.max_bin,
        "max_cat_threshold": 16,
        "min_data_per_group": parameters.min_data_in_leaf,
        "cat_smooth": 20.0,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": parameters.num_threads,
        "seed": seed,
        "verbosity": -1,
    }


def _dataset(
    lightgbm: Any, task: BoostingTask, rows: Mask, settings: dict[str, Any], reference: Any = None
) -> Any:
    return lightgbm.Dataset(
        np.ascontiguousarray(task.features[rows], dtype=np.float32),
        label=task.label[rows],
        init_score=task.start[rows],
        feature_name=list(task.names),
        categorical_feature=list(task.categorical),
        params=settings,
        reference=reference,
    )


def _improved(booster: Any, task: BoostingTask) -> bool:
    """Whether the best round beats the start on the later rows."""
    later = task.start[task.later]
    label = task.label[task.later]
    if later.ndim == 2:
        before = np.mean(_log_sum_exp(later) - later[np.arange(len(label)), label])
    else:
        before = np.mean(np.logaddexp(0.0, later) - later * label)
    after = next(iter(booster.best_score["valid_0"].values()))
    return bool(after < before)


def _log_sum_exp(logits: Floats) -> Floats:
    top = logits.max(axis=1)
    return np.asarray(top + np.log(np.exp(logits - top[:, None]).sum(axis=1)))


def _text(booster: Any, iterations: int) -> str:
    """The model without its parameter listing, which no score depends on."""
    text: str = booster.model_to_string(num_iteration=iterations)
    return text.split("\nparameters:\n")[0] + "\n"

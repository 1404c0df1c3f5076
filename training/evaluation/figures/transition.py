"""How good the next phases are.

Compared with the phase chain and n-grams over the last phases. Knows predictions, labels and phase codes of
rows; knows nothing of models or customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Floats
from training.metrics import class_log_loss, top_1


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionFigures:
    """Figures of test rows.

    The model, the phase chain alone, and n-grams of order 2 and 3.
    """

    rows: int
    top_1: float
    log_loss: float
    stays: float  # share of rows whose phase at the horizon is the phase at the decision
    chain_top_1: float
    chain_log_loss: float
    order_2_top_1: float
    order_2_log_loss: float
    order_3_top_1: float
    order_3_log_loss: float


def transition_figures(
    label: AnyInts, probability: Floats, chain: Floats, ngrams: Sequence[Floats], phase: AnyInts
) -> TransitionFigures:
    """Compare predictions.

    Args:
        label: shape (n,). Phase at the horizon.
        probability: shape (n, P). Of the model.
        chain: shape (n, P). Of the smoothed chain.
        ngrams: (n, P) of order 2 and of order 3.
        phase: shape (n,). Phase at the decision.
    """
    second, third = ngrams
    return TransitionFigures(
        rows=len(label),
        top_1=top_1(label, probability),
        log_loss=class_log_loss(label, probability),
        stays=float((label == phase).mean()) if len(label) else float("nan"),
        chain_top_1=top_1(label, chain),
        chain_log_loss=class_log_loss(label, chain),
        order_2_top_1=top_1(label, second),
        order_2_log_loss=class_log_loss(label, second),
        order_3_top_1=top_1(label, third),
        order_3_log_loss=class_log_loss(label, third),
    )


def ngram(
    train_context: AnyInts, train_label: AnyInts, context: AnyInts, n_phases: int, order: int
) -> Floats:
    """P(next phase | the last ``order`` phases), each order smoothed towards the one below.

    Args:
        train_context: shape (k, ≥ order). Phases of the training rows, present one first; -1 none.
        train_label: shape (k,). What came next.
        context: shape (n, ≥ order). Of the rows to predict.
        n_phases: P.
        order: how many phases are looked at.

    Returns:
        Shape (n, P); rows sum to one.

    Note:
        A context seen n times with d different followers has the weight n / (n + d) against the shorter
        one. Witten and Bell, "The zero-frequency problem", IEEE Trans. Information Theory 1991.
    """
    counts = np.bincount(train_label, minlength=n_phases).astype(np.float64)
    below = np.tile((counts + 1) / (counts.sum() + n_phases), (len(context), 1))
    for length in range(1, order + 1):
        below = _one_longer(train_context, train_label, context, below, n_phases, length)
    return below


def _one_longer(
    train_context: AnyInts, train_label: AnyInts, context: AnyInts, below: Floats, n_phases: int, length: int
) -> Floats:
    weights = (n_phases + 1) ** np.arange(length, dtype=np.int64)
    train_key = (train_context[:, :length] + 1) @ weights
    keys, codes = np.unique(train_key, return_inverse=True)
    table = np.zeros((len(keys) + 1, n_phases))
    np.add.at(table, (codes, train_label), 1.0)
    key = (context[:, :length] + 1) @ weights
    counts = table[np.where(np.isin(key, keys), np.searchsorted(keys, key), len(keys))]
    different = np.maximum((counts > 0).sum(axis=1, keepdims=True), 1)
    result: Floats = (counts + different * below) / (counts.sum(axis=1, keepdims=True) + different)
    return result

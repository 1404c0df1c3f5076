"""Metrics: how good are predicted probabilities? Plain functions of labels and predictions.

Knows no models, phases or actions.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from sklearn import metrics

from models.arrays import AnyInts, Floats

SMALLEST: Final = 1e-12
"""Probabilities are cut to [SMALLEST, 1 - SMALLEST] before their logarithm is taken."""


def auc(label: AnyInts, score: Floats) -> float:
    """Area under the ROC curve: the chance that a positive ranks above a negative, ties half.

    Args:
        label: shape (n,). 0 or 1.
        score: shape (n,). Any scale.

    Returns:
        In [0, 1]; nan if all labels are the same.

    Example:
        >>> auc(np.array([0, 1, 1]), np.array([0.1, 0.1, 0.9]))
        0.75
    """
    if len(np.unique(label)) < 2:
        return float("nan")
    return float(metrics.roc_auc_score(label, score))


def log_loss(label: AnyInts, probability: Floats) -> float:
    """Mean negative log-likelihood of 0/1 labels, in nats; nan without rows.

    Example:
        >>> round(log_loss(np.array([1, 0]), np.array([0.5, 0.5])), 4)
        0.6931
    """
    if not len(label):
        return float("nan")
    chance = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return float(metrics.log_loss(label, chance, labels=[0, 1]))


def calibration_error(label: AnyInts, probability: Floats, bins: int = 10) -> float:
    """Expected calibration error: mean gap between prediction and frequency over bins of equal counts.

    Returns:
        In [0, 1]; nan without rows. Has a floor of its own from chance, about 0.4 / sqrt(rows a bin).

    Example:
        >>> calibration_error(np.array([0, 1]), np.array([0.5, 0.5]), bins=1)
        0.0
    """
    if not len(label):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [abs(float(label[p].mean()) - float(probability[p].mean())) * len(p) for p in parts]
    return float(sum(gaps) / len(label))


def class_log_loss(label: AnyInts, probability: Floats) -> float:
    """Mean negative log-likelihood of one of several classes, in nats.

    Args:
        label: shape (n,). Class codes.
        probability: shape (n, K). Rows sum to one.
    """
    if not len(label):
        return float("nan")
    return float(-np.mean(np.log(np.maximum(probability[np.arange(len(label)), label], SMALLEST))))


def top_1(label: AnyInts, probability: Floats) -> float:
    """Share of rows whose likeliest class is the true one; nan without rows."""
    return float(np.mean(probability.argmax(axis=1) == label)) if len(label) else float("nan")

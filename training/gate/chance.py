"""Calibration error by chance, and population stability.

How large an error is where nothing is wrong. Knows numbers only.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.statistics import JUDGED_90

_FLAT: Final = 1e-4  # share that an empty bin counts as, so that its logarithm exists


def calibration_allowance(probability: Floats, limit: float, bins: int = 10) -> float:
    """What the measured calibration error of a model stays below in 19 of 20 samples, if it is just allowed.

    Such a model is off by ``limit`` in every bin. The measured gap of a bin of n rows is then nearly normal
    around ``limit`` with variance mean(q(1-q))/n, q = p + ``limit``, and its absolute value is folded
    normal; the error is a weighted sum of them. With many rows the answer is ``limit``; with few it is
    larger, so that a small log is not refused for being small.

    Args:
        probability: shape (n,). Predictions of the rows that the error is computed on.
        limit: in [0, 1].

    Returns:
        At least ``limit``, at most 1; 1 without rows.

    Example:
        >>> round(calibration_allowance(np.full(1000, 0.1), 0.0), 4)
        0.0333
        >>> round(calibration_allowance(np.full(10_000_000, 0.1), 0.01), 4)
        0.0102
    """
    if not len(probability):
        return 1.0
    parts = np.array_split(np.sort(probability), min(bins, len(probability)))
    share = np.array([len(part) for part in parts]) / len(probability)
    moments = [_folded(limit, _sigma(np.minimum(p + limit, 1.0))) for p in parts]
    mean, variance = np.array(moments).T
    high = float(share @ mean) + JUDGED_90 * math.sqrt(float((share**2) @ variance))
    return min(max(high, limit), 1.0)


def _sigma(rate: Floats) -> float:
    """Standard deviation of the frequency in a bin with these true rates."""
    return math.sqrt(max(float((rate * (1 - rate)).mean()), 1e-12) / len(rate))


def _folded(mean: float, sigma: float) -> tuple[float, float]:
    """Mean and variance of the absolute value of a normal variable."""
    z = mean / sigma
    folded = sigma * math.sqrt(2 / math.pi) * math.exp(-z * z / 2) + mean * math.erf(z / math.sqrt(2))
    return folded, max(mean * mean + sigma * sigma - folded * folded, 0.0)


def stability_index(before: Floats, after: Floats, bins: int = 10) -> float:
    """Population stability index: how far the values of later rows have moved from those of earlier ones.

    Σ (q - p)·ln(q / p) over bins of equal counts of the earlier values; missing values are a bin of
    their own. By custom below 0.1 little, above 0.25 much.

    Args:
        before: shape (n,). May hold nan.
        after: shape (m,).

    Returns:
        At least 0; 0 where there are no rows to compare.

    Example:
        >>> stability_index(np.arange(10.0), np.arange(10.0))
        0.0
    """
    if not len(before) or not len(after):
        return 0.0
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.unique(np.nanquantile(before, inner)) if _any(before) else np.zeros(0)
    p, q = _shares(before, edges), _shares(after, edges)
    return float(((q - p) * np.log(q / p)).sum())


def code_stability_index(before: Ints, after: Ints, n_codes: int) -> float:
    """The same for codes from 0 to ``n_codes`` - 1."""
    if not len(before) or not len(after):
        return 0.0
    p, q = (_smoothed(np.bincount(codes, minlength=n_codes)) for codes in (before, after))
    return float(((q - p) * np.log(q / p)).sum())


def _any(values: Floats) -> bool:
    return bool(np.isfinite(values).any())


def _shares(values: Floats, edges: Floats) -> Floats:
    known = ~np.isnan(values)
    place = np.searchsorted(edges, values[known], side="left")
    return _smoothed(np.append(np.bincount(place, minlength=len(edges) + 1), (~known).sum()))


def _smoothed(counts: Ints) -> Floats:
    share: Floats = np.maximum(counts / counts.sum(), _FLAT)
    return share

"""Value features: the few things of a customer that the journey value looks at, now and at the horizon.

Dwell, engagement, fatigue and numeric attributes; counts and days as logarithms, standardised. They can be
moved forward to the horizon without knowing what happens until then: contacts of the past leave their
windows and a contact of ours enters, dwell grows or starts anew. Where logged states show what really
becomes of a feature, a linear correction is learned.

Knows columns by name; knows nothing of money.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.learned.parameters import Codes, FeatureColumns, Features, Floats, Mask

_RECENT_DAYS = 365.0  # beyond that, days since a touchpoint say nothing more
_NAMED = ("dwell_days", "contacts_7d", "contacts_30d", "days_since_touchpoint")
_CORRECTION_ROWS = 50.0  # rows by which corrections are held to zero
_ENOUGH_PAIRS = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class ValueFeatures:
    """Which columns, and how they become features; K of them, without the intercept.

    Attributes:
        names: of the K columns.
        columns: shape (K,). Positions in the customer features.
        mean, scale: shape (K,). Of the features before standardising.
        correction: shape (K, 4). What logged states add to a feature moved forward: times 1, moved,
            contacted, and the feature itself (standardised).
    """

    names: tuple[str, ...]
    columns: Codes
    mean: Floats
    scale: Floats
    correction: Floats

    def now(self, customer_x: Features) -> Floats:
        """Features of n situations as they are: shape (n, K)."""
        return self._standardised(self._columns_of(customer_x))

    def at_horizon(self, customer_x: Features, horizon_days: Floats) -> Floats:
        """Features expected at the horizon: shape (2, 2, n, K), by moved (no, yes) and contacted (no, yes).

        ``horizon_days``: shape (n,). By what the columns mean, plus what logged states have corrected.
        """
        raw, days = self._columns_of(customer_x), horizon_days[:, None]
        stayed = raw * np.clip(1.0 - days / self._window, 0.0, 1.0) + self._clock * days
        moved = np.where(self._clock, 0.5 * days, stayed)
        entering = days < self._window
        contacted = np.stack((np.zeros_like(raw), np.where(self._fatigue & entering, 1.0, 0.0)))
        forward = self._standardised(np.stack((stayed, moved))[:, None] + contacted)
        return np.asarray(forward + self._corrections + self._standardised(raw) * self.correction[:, 3])

    def _columns_of(self, customer_x: Features) -> Floats:
        raw = np.asarray(customer_x[:, self.columns], dtype=np.float64)
        return np.where(np.isnan(raw) & self._recency, _RECENT_DAYS, raw)

    def _standardised(self, raw: Floats) -> Floats:
        z = (_bent(raw, self._logged, self._recency) - self.mean) / self.scale
        return np.where(np.isnan(z), 0.0, z)

    @cached_property
    def _corrections(self) -> Floats:
        """By moved and contacted: shape (2, 2, 1, K)."""
        c, flag = self.correction, np.array([0.0, 1.0])
        return np.asarray(c[:, 0] + flag[:, None, None, None] * c[:, 1] + flag[:, None, None] * c[:, 2])

    @cached_property
    def _window(self) -> Floats:
        """Days after which a contact has left the column; for other columns never."""
        return np.array([_window(name, "contacts") or np.inf for name in self.names])

    @cached_property
    def _fatigue(self) -> Mask:
        return np.isfinite(self._window)

    @cached_property
    def _clock(self) -> Mask:
        return np.isin(self.names, ("dwell_days", "days_since_touchpoint"))

    @cached_property
    def _recency(self) -> Mask:
        return _is_recency(self.names)

    @cached_property
    def _logged(self) -> Mask:
        return _is_logged(self.names)

    def to_json(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "columns": [int(c) for c in self.columns],
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "correction": self.correction.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ValueFeatures:
        return cls(
            names=tuple(value["names"]),
            columns=np.array(value["columns"], dtype=np.int64),
            mean=np.array(value["mean"], dtype=np.float64),
            scale=np.array(value["scale"], dtype=np.float64),
            correction=np.array(value["correction"], dtype=np.float64).reshape(len(value["names"]), 4),
        )


def choose_value_features(spec: FeatureColumns, customer_x: Features) -> ValueFeatures:
    """Pick the columns and standardise them on logged states, shape (n, F)."""
    columns = _chosen(spec)
    names = tuple(spec.customer_names[c] for c in columns)
    raw = np.asarray(customer_x[:, columns], dtype=np.float64)
    recency = _is_recency(names)
    bent = _bent(np.where(np.isnan(raw) & recency, _RECENT_DAYS, raw), _is_logged(names), recency)
    known = ~np.isnan(bent)
    rows = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, bent, 0.0).sum(axis=0) / rows
    variance = np.where(known, (bent - mean) ** 2, 0.0).sum(axis=0) / rows
    return ValueFeatures(
        names=names,
        columns=np.array(columns, dtype=np.int64),
        mean=mean,
        scale=np.where(variance > 1e-12, np.sqrt(variance), 1.0),
        correction=np.zeros((len(columns), 4)),
    )


def learn_correction(
    features: ValueFeatures, *, before: Features, after: Features, days: Floats, moved: Mask, contacted: Mask
) -> Floats:
    """Corrections, shape (K, 4), from pairs of logged states of one customer about a horizon apart.

    Args:
        before, after: shape (pairs, F). Customer features.
        days: shape (pairs,). Between the two.
        moved, contacted: shape (pairs,).
    """
    if len(before) < _ENOUGH_PAIRS:
        return np.zeros((len(features.names), 4))
    expected = features.at_horizon(before, days)
    rows = np.arange(len(before))
    missed = features.now(after) - expected[moved.astype(int), contacted.astype(int), rows]
    now = features.now(before)
    correction = np.empty((len(features.names), 4))
    for k in range(len(features.names)):
        parts = (np.ones(len(rows)), moved, contacted, now[:, k])
        design: Floats = np.column_stack(parts).astype(np.float64)
        held = design.T @ design + _CORRECTION_ROWS * np.eye(4)
        correction[k] = np.linalg.solve(held, design.T @ missed[:, k])
    return correction


def _chosen(spec: FeatureColumns) -> list[int]:
    names = list(spec.customer_names)
    numeric = {
        i
        for i, name in enumerate(names)
        if name.startswith("attribute.") and i not in spec.customer_categorical
    }
    engagement = min(
        (name for name in names if _window(name, "touchpoints") is not None),
        key=lambda name: abs(np.log((_window(name, "touchpoints") or 1.0) / 30.0)),
        default=None,
    )
    wanted = {*_NAMED, engagement}
    return [i for i, name in enumerate(names) if name in wanted or i in numeric]


def _window(name: str, kind: str) -> float | None:
    """Days of a column such as ``contacts_30d``."""
    match = re.fullmatch(rf"{kind}_([0-9.]+)d", name)
    return float(match[1]) if match else None


def _is_recency(names: tuple[str, ...]) -> Mask:
    return np.asarray(np.array(names, dtype=object) == "days_since_touchpoint")


def _is_logged(names: tuple[str, ...]) -> Mask:
    return np.array([not name.startswith("attribute.") for name in names], dtype=bool)


def _bent(raw: Floats, logged: Mask, recency: Mask) -> Floats:
    """Counts and days as log(1 + x), attributes as they are; any number of leading axes."""
    counted = np.maximum(raw, 0.0)
    counted = np.where(recency, np.minimum(counted, _RECENT_DAYS), counted)
    return np.where(logged, np.log1p(counted), raw)

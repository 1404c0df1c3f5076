"""The few features of a customer that journey value looks at.

They describe the customer now and at the horizon. Dwell, engagement, contact pressure and numeric attributes,
standardised; days and touchpoints as logarithms. Contacts count as they are: pressure adds up, and on a
logarithm each further contact would cost less than the one before. All of them can be moved forward to the
horizon without knowing what happens until then: contacts of the past leave their windows and a contact of
ours enters, dwell grows or starts anew. Where logged states show what really becomes of a feature, a linear
correction is learned.

Knows columns by name; knows nothing of money.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.learned.trees.parameters import FeatureColumns

_RECENT_DAYS = 365.0  # beyond that, days since a touchpoint say nothing more
_CLOCKS = ("dwell_days", "days_since_touchpoint")
_NAMED = ("tenure_days", "dwell_days", "contacts_7d", "contacts_30d", "days_since_touchpoint")
_AGE = "tenure_days"
_CORRECTION_ROWS = 50.0  # rows by which corrections are held to zero
_ENOUGH_PAIRS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Forward:
    """Columns at the horizon as ``factor`` times the columns now plus ``summand``.

    Shape (r, 2, 2, K) each, for r horizons: by moved (no, yes) and contacted (no, yes).
    """

    factor: Floats
    summand: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class ValueFeatures:
    """Which columns, and how they become features.

    K of them, without the intercept.

    Attributes:
        names: of the K columns.
        columns: shape (K,). Positions in the customer features.
        logged: shape (K,). Which are bent as log(1 + x).
        mean, scale: shape (K,). Of the features before standardising.
        correction: shape (K, 4). What logged states add to a feature moved forward: times 1, moved,
            contacted, and the feature itself (standardised).
    """

    names: tuple[str, ...]
    columns: AnyInts
    logged: Mask
    mean: Floats
    scale: Floats
    correction: Floats

    def one(self, k: int) -> ValueFeatures:
        """The feature at ``k`` alone."""
        own = slice(k, k + 1)
        return ValueFeatures(
            names=self.names[own],
            columns=self.columns[own],
            logged=self.logged[own],
            mean=self.mean[own],
            scale=self.scale[own],
            correction=self.correction[own],
        )

    def now(self, customer_x: AnyFloats) -> Floats:
        """Features of n situations as they are: shape (n, K)."""
        return self._standardised(self._known(customer_x))

    def at_horizon(self, customer_x: AnyFloats, forward: Forward, of: AnyInts) -> Floats:
        """Features expected at the horizon: shape (n, 2, 2, K), by moved and contacted.

        ``of``: shape (n,). Which of ``forward``'s horizons is that of the situation.
        """
        known = self._known(customer_x)
        features = self._standardised(known[:, None, None, :] * forward.factor[of] + forward.summand[of])
        if not self.corrected:
            return features
        return (
            features + self.corrections + (self._standardised(known) * self.correction[:, 3])[:, None, None]
        )

    def forward(self, horizon_days: Floats) -> Forward:
        """What becomes of the columns by what they mean, for horizons of shape (r,)."""
        shape = (len(horizon_days), 2, 2, len(self.names))
        factor, summand = np.empty(shape), np.empty(shape)
        for moved, contacted in product((False, True), repeat=2):
            of_all = (np.full(len(horizon_days), each) for each in (moved, contacted))
            place = (slice(None), int(moved), int(contacted))
            factor[place], summand[place] = self._becoming(horizon_days, *of_all)
        return Forward(factor, summand)

    def _becoming(self, horizon_days: Floats, moved: Mask, contacted: Mask) -> tuple[Floats, Floats]:
        """Factor and summand of each column, (r, K) both, for r horizons with what happens until then."""
        factor, summand = (fill((len(horizon_days), len(self.names))) for fill in (np.ones, np.zeros))
        for k, name in enumerate(self.names):
            window = window_days(name, "contacts")
            if name in _CLOCKS:
                factor[:, k] = ~moved
                summand[:, k] = np.where(moved, 0.5 * horizon_days, horizon_days)
            elif name == _AGE:
                summand[:, k] = horizon_days
            elif window is not None:
                factor[:, k] = np.clip(1.0 - horizon_days / window, 0.0, 1.0)
                summand[:, k] = contacted & (horizon_days < window)
        return factor, summand

    def missed(
        self,
        customer_x: AnyFloats,
        before: AnyInts,
        after: AnyInts,
        days: Floats,
        moved: Mask,
        contacted: Mask,
    ) -> tuple[Floats, Floats]:
        """Features now, and how far off without corrections they are some days later: (pairs, K) both."""
        known = self._known(customer_x)
        features = self._standardised(known)
        factor, summand = self._becoming(days, moved, contacted)
        expected = self._standardised(known[before] * factor + summand)
        return features[before], features[after] - expected

    def _known(self, customer_x: AnyFloats) -> Floats:
        """The columns, with what is missing set to the mean (never: long ago)."""
        raw = customer_x[:, self.columns].astype(np.float64)
        return np.where(np.isnan(raw), self.missing, raw)

    def _standardised(self, raw: Floats) -> Floats:
        return np.asarray((_bent(raw, self.shape) - self.mean) / self.scale)

    @cached_property
    def shape(self) -> Shape:
        return Shape.of(self.names, self.logged)

    @cached_property
    def missing(self) -> Floats:
        usual = self.mean.copy()
        np.expm1(self.mean, out=usual, where=self.shape.logged)
        return np.where(np.isfinite(self.shape.most), _RECENT_DAYS, usual)

    @cached_property
    def corrected(self) -> bool:
        return bool(self.correction.any())

    @cached_property
    def corrections(self) -> Floats:
        """By moved and contacted: shape (2, 2, K)."""
        c, flag = self.correction, np.array([0.0, 1.0])
        return np.asarray(c[:, 0] + flag[:, None, None] * c[:, 1] + flag[:, None] * c[:, 2])

    def to_json(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "columns": [int(c) for c in self.columns],
            "logged": [bool(bent) for bent in self.logged],
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "correction": self.correction.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ValueFeatures:
        """What ``to_json`` gave. Bundles without ``logged`` had everything but attributes as logarithms."""
        names = tuple(value["names"])
        return cls(
            names=names,
            columns=np.array(value["columns"], dtype=np.int64),
            logged=np.array(value.get("logged", _counted(names)), dtype=bool),
            mean=np.array(value["mean"], dtype=np.float64),
            scale=np.array(value["scale"], dtype=np.float64),
            correction=np.array(value["correction"], dtype=np.float64).reshape(len(names), 4),
        )


def choose_value_features(
    spec: FeatureColumns, customer_x: AnyFloats, at: AnyInts | None = None
) -> ValueFeatures:
    """Pick the columns and standardise them on logged states.

    Args:
        customer_x: shape (N, F).
        at: shape (n,). Rows of ``customer_x`` that are the states; None: all.
    """
    columns = _chosen(spec)
    names = tuple(spec.customer_names[c] for c in columns)
    logged = _counted(names) & np.array([window_days(name, "contacts") is None for name in names], dtype=bool)
    mean, scale = np.empty(len(columns)), np.empty(len(columns))
    for k, column in enumerate(columns):  # one at a time: together they are as large as the log
        raw = customer_x[:, column] if at is None else customer_x[at, column]
        shape = Shape.of(names[k : k + 1], logged[k : k + 1])
        mean[k], scale[k] = _spread(raw.astype(np.float64)[:, None], shape)
    return ValueFeatures(
        names=names,
        columns=np.array(columns, dtype=np.int64),
        logged=logged,
        mean=mean,
        scale=scale,
        correction=np.zeros((len(columns), 4)),
    )


def _spread(raw: Floats, shape: Shape) -> tuple[float, float]:
    """Mean and standard deviation of what is known of one column, bent; 1 where all is the same."""
    bent = _bent(np.where(np.isnan(raw) & np.isfinite(shape.most), _RECENT_DAYS, raw), shape)
    known = ~np.isnan(bent[:, 0])
    rows = max(int(known.sum()), 1)
    mean = np.where(known, bent[:, 0], 0.0).sum() / rows
    variance = np.where(known, (bent[:, 0] - mean) ** 2, 0.0).sum() / rows
    return float(mean), float(np.sqrt(variance)) if variance > 1e-12 else 1.0


def learn_correction(
    features: ValueFeatures,
    *,
    customer_x: AnyFloats,
    before: AnyInts,
    after: AnyInts,
    days: Floats,
    moved: Mask,
    contacted: Mask,
) -> Floats:
    """Corrections, shape (K, 4), from pairs of logged states of one customer about a horizon apart.

    Args:
        customer_x: shape (n, F). Of the states.
        before, after: shape (pairs,). Positions of the states.
        days: shape (pairs,). Between the two.
        moved, contacted: shape (pairs,).
    """
    if len(before) < _ENOUGH_PAIRS:
        return np.zeros((len(features.names), 4))
    correction = np.empty((len(features.names), 4))
    for k in range(len(features.names)):
        now, missed = features.one(k).missed(customer_x, before, after, days, moved, contacted)
        parts = (np.ones(len(before)), moved, contacted, now[:, 0])
        design: Floats = np.column_stack(parts).astype(np.float64)
        held = design.T @ design + _CORRECTION_ROWS * np.eye(4)
        correction[k] = np.linalg.solve(held, design.T @ missed[:, 0])
    return correction


def _chosen(spec: FeatureColumns) -> list[int]:
    names = list(spec.customer_names)
    numeric = {
        i
        for i, name in enumerate(names)
        if name.startswith("attribute.") and i not in spec.customer_categorical
    }
    engagement = min(
        (name for name in names if window_days(name, "touchpoints") is not None),
        key=lambda name: abs(np.log((window_days(name, "touchpoints") or 1.0) / 30.0)),
        default=None,
    )
    wanted = {*_NAMED, engagement}
    return [i for i, name in enumerate(names) if name in wanted or i in numeric]


def window_days(name: str, kind: str) -> float | None:
    """Days of a column such as ``contacts_30d``; None if it is no window of that kind."""
    match = re.fullmatch(rf"{kind}_([0-9.]+)d", name)
    return float(match[1]) if match else None


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How columns are bent.

    Within ``least`` and ``most``, then as log(1 + x) where ``logged``.
    """

    least: Floats
    most: Floats
    logged: Mask

    @classmethod
    def of(cls, names: tuple[str, ...], logged: Mask) -> Shape:
        recency = np.array([name == "days_since_touchpoint" for name in names], dtype=bool)
        return cls(np.where(_counted(names), 0.0, -np.inf), np.where(recency, _RECENT_DAYS, np.inf), logged)


def _counted(names: tuple[str, ...]) -> Mask:
    """Which columns are counts or days, never below zero; the others are attributes."""
    return np.array([not name.startswith("attribute.") for name in names], dtype=bool)


def _bent(raw: Floats, shape: Shape) -> Floats:
    """Within its range and as a logarithm where the shape says so; any number of leading axes."""
    bent = np.minimum(np.maximum(raw, shape.least), shape.most)
    np.log1p(bent, out=bent, where=shape.logged)
    return np.asarray(bent)

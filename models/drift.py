"""How later customers differ from those of the training.

A bundle carries a reference: for each judged feature, and for two scores, bins and the share of training
rows in each. The service counts its own customers into the same bins. One implementation for both sides;
knows nothing of files, HTTP or how rows were drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from models.errors import BundleError
from models.learned.features.situations import Situations
from models.policy.engine import Engine

EXTRA: Final = "drift"
"""Where a manifest's ``extra`` carries the reference."""

SCORES: Final = ("propensity", "over_nothing")
"""Of the phase's best treatment by priority, whatever was asked and whatever refused: so the same on both
sides. The second in EUR."""

BINS: Final = 10
MOST_CODES: Final = 30
"""Codes of a categorical feature that have a bin of their own."""

_FLAT: Final = 1e-4  # share that an empty bin counts as, so that its logarithm exists


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DriftReference:
    """Bins of N values and how the training rows lie in them.

    Attributes:
        features: names of the customer features, in the order of the first rows; ``SCORES`` follow.
        edges: shape (N, E). Ascending, filled up with infinity; a value lies above the edges that it exceeds.
        shares: shape (N, E + 2). Of the training rows; the last column is "missing".
        rows: how many training rows were looked at.
    """

    features: tuple[str, ...]
    edges: Floats
    shares: Floats
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.features, *SCORES)

    @property
    def shape(self) -> tuple[int, int]:
        """Of an array of counts."""
        n, e = self.edges.shape
        return n, e + 2

    def places(self, values: Floats) -> Ints:
        """The bin of each value of one row, shape (N,)."""
        place: Ints = (values[:, None] > self.edges).sum(axis=1)
        place[np.isnan(values)] = self.edges.shape[1] + 1
        return place

    def index(self, counts: Floats) -> Floats:
        """Population stability index of each of the N values; 0 while nothing was counted.

        Σ (q - p)·ln(q / p) over the bins. By custom below 0.1 little, above 0.25 much.

        Args:
            counts: shape (N, E + 2). Not negative; need not be whole.
        """
        total = counts.sum(axis=1, keepdims=True)
        p = np.maximum(self.shares, _FLAT)
        q = np.maximum(counts / np.maximum(total, 1e-12), _FLAT)
        index: Floats = ((q - p) * np.log(q / p)).sum(axis=1)
        return np.where(total[:, 0] > 0, index, 0.0)

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for the manifest."""
        values = {}
        for name, edges, shares in zip(self.names, self.edges, self.shares, strict=True):
            own = edges[np.isfinite(edges)]
            known = np.append(shares[: len(own) + 1], shares[-1])
            values[name] = {"edges": own.tolist(), "shares": np.round(known, 6).tolist()}
        return {"rows": self.rows, "features": list(self.features), "values": values}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> DriftReference:
        """From what ``to_json`` gave.

        Raises:
            BundleError: it is something else.
        """
        try:
            features = tuple(map(str, stored["features"]))
            own = [stored["values"][name] for name in (*features, *SCORES)]
            return cls(
                features=features,
                **_padded([value["edges"] for value in own], [value["shares"] for value in own]),
                rows=int(stored["rows"]),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BundleError(
                f"The drift reference of a bundle cannot be read ({type(error).__name__}). Train it anew."
            ) from error


def make_reference(
    features: Mapping[str, tuple[Floats, bool]], scores: Sequence[Floats], rows: int
) -> DriftReference:
    """The reference of a sample of training rows.

    Args:
        features: name → values, shape (n,), with nan for missing, and whether they are codes.
        scores: values of ``SCORES``; shape (k,) each.
    """
    both = [*features.values(), *((values, False) for values in scores)]
    edges = [_edges(values.astype(np.float64), codes) for values, codes in both]
    shares = [_shares(values.astype(np.float64), own) for (values, _), own in zip(both, edges, strict=True)]
    return DriftReference(features=tuple(features), **_padded(edges, shares), rows=rows)


def best_scores(engine: Engine, situations: Situations) -> Floats:
    """Propensity and EUR over doing nothing of the phase's best treatment, shape (n, 2); nan: it has none."""
    mask = engine.catalogue.phases[situations.phase].copy()
    mask[:, 0] = False
    row, treatment = np.nonzero(mask)
    answer = np.full((len(situations.instant), len(SCORES)), np.nan)
    if not len(row):
        return answer
    scores = engine.score(situations, row, treatment)
    gain, propensity = np.full(mask.shape, -np.inf), np.zeros(mask.shape)
    gain[row, treatment], propensity[row, treatment] = scores.over_nothing, scores.propensity
    best = gain.argmax(axis=1)
    some = mask.any(axis=1)
    each = np.arange(len(best))
    answer[some] = np.column_stack([propensity[each, best], gain[each, best]])[some]
    return answer


def _edges(values: Floats, codes: bool) -> Floats:
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(0)
    if codes:
        return np.arange(min(float(known.max()) + 2, MOST_CODES)) - 0.5  # beyond the last: never seen
    edges: Floats = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    return edges


def _shares(values: Floats, edges: Floats) -> Floats:
    known = ~np.isnan(values)
    place = np.searchsorted(edges, values[known], side="left")
    counts = np.append(np.bincount(place, minlength=len(edges) + 1), (~known).sum())
    shares: Floats = counts / max(len(values), 1)
    return shares


def _padded(edges: Sequence[Any], shares: Sequence[Any]) -> dict[str, Floats]:
    """Rows of different lengths as two arrays; checks that they belong together."""
    width = max(map(len, edges), default=0)
    wide = np.full((len(edges), width), np.inf)
    parts = np.zeros((len(edges), width + 2))
    for row, (own, share) in enumerate(zip(edges, shares, strict=True)):
        if len(share) != len(own) + 2:
            raise ValueError(f"{len(own)} edges make {len(own) + 2} bins, got {len(share)}")
        wide[row, : len(own)] = own
        parts[row, : len(own) + 1], parts[row, -1] = share[:-1], share[-1]
    ascend = (wide[:, 1:] > wide[:, :-1]) | np.isinf(wide[:, 1:])
    if not ascend.all() or np.isnan(parts).any():
        raise ValueError("edges ascend and shares are numbers")
    return {"edges": wide, "shares": parts}

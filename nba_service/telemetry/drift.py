"""Measures population drift.

Whether the customers of now still look like those that the bundle learned from. Looks at a share of the
decisions, after they were made, and counts features and scores into the bins that the bundle carries. A
scrape compares the counts of all workers with the training's. A bundle without a reference is not judged; a
failure in here is logged and never fails a decision.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from models.arrays import Floats, Ints
from models.bundle import read_manifest
from models.drift import EXTRA, SCORES, DriftReference, best_scores
from models.errors import NBAError
from models.policy.eligibility.profiling import may_profile
from models.registry import Registry
from nba_service.telemetry.drift_files import (
    DriftCounts,
    bundles_counted,
    drift_file,
    drift_files,
    read_counts,
)

if TYPE_CHECKING:
    from models.domain.decision import DecisionRequest
    from models.policy.engine import Engine

DRIFT_METRICS: Final = (
    ("nba_drift_index", "gauge", ("bundle", "kind", "name")),
    ("nba_drift_rows", "gauge", ("bundle",)),
)
"""Name, kind and labels."""

log = structlog.get_logger(__name__)


class Drift:
    """Counts of this process, and the comparison over all of them.

    Args:
        every: one decision in so many is looked at; 0: none.
        directory: where the workers of this run keep their counts; None: this process is alone.
        seconds: the present moment, since 1970.
    """

    def __init__(
        self,
        registry: Path,
        *,
        every: int,
        half_life_hours: float,
        directory: Path | None,
        seconds: Callable[[], float],
    ) -> None:
        self._registry = Registry(registry)
        self._every = every
        self._half_life = half_life_hours * 3_600
        self._directory = directory
        self._seconds = seconds
        self._turns = count()
        self._lock = threading.Lock()
        self._references: dict[str, DriftReference | None] = {}
        self._counts: dict[tuple[str, int], DriftCounts] = {}
        self._columns: dict[str, Ints] = {}

    def observe(self, engine: Engine, request: DecisionRequest) -> None:
        """Perhaps look at a decision that was made; never raises."""
        if not self._every or next(self._turns) % self._every:
            return
        try:
            self._look(engine, request)
        except Exception:  # a decision must not fail because of its statistics
            log.exception("drift_failed", bundle=engine.bundle_id)

    def collect(self) -> Iterator[Metric]:
        """The metrics, over all processes."""
        index = GaugeMetricFamily(
            DRIFT_METRICS[0][0],
            "Population stability index of a feature or score against the bundle's training",
            labels=DRIFT_METRICS[0][2],
        )
        rows = GaugeMetricFamily(
            DRIFT_METRICS[1][0], "Recent decisions behind the stability indexes", labels=DRIFT_METRICS[1][2]
        )
        for bundle in self._counted():
            reference = self._reference(bundle)
            if reference is None:
                continue
            counts = self._total(bundle, reference)
            rows.add_metric((bundle,), float(counts[0].sum()))
            for name, value in zip(reference.names, reference.index(counts).tolist(), strict=True):
                index.add_metric((bundle, "score" if name in SCORES else "feature", name), value)
        yield from (index, rows)

    def _look(self, engine: Engine, request: DecisionRequest) -> None:
        if engine.models is None or not may_profile(engine.journey, request.customer.consent):
            return
        bundle = engine.bundle_id
        reference = self._reference(bundle)
        if reference is None:
            return
        situations = engine.situate(request)
        features = engine.builder.customer_features(situations)[0, self._column(engine, reference)]
        places = reference.places(np.append(features.astype(np.float64), best_scores(engine, situations)[0]))
        with self._lock:
            self._own(bundle, reference).add(places, self._seconds())

    def _column(self, engine: Engine, reference: DriftReference) -> Ints:
        columns = self._columns.get(engine.bundle_id)
        if columns is None:
            names = engine.builder.spec.customer_names
            columns = np.array([names.index(name) for name in reference.features], dtype=np.int64)
            self._columns[engine.bundle_id] = columns
        return columns

    def _reference(self, bundle: str) -> DriftReference | None:
        if bundle not in self._references:
            self._references[bundle] = self._read(bundle)
        return self._references[bundle]

    def _read(self, bundle: str) -> DriftReference | None:
        try:
            stored = read_manifest(self._registry.path(bundle)).provenance.extra.get(EXTRA)
            return None if stored is None else DriftReference.from_json(stored)
        except NBAError as error:
            log.warning("drift_not_judged", bundle=bundle, code=error.code, detail=str(error))
            return None

    def _own(self, bundle: str, reference: DriftReference) -> DriftCounts:
        key = (bundle, os.getpid())  # a fork begins a file of its own
        if key not in self._counts:
            file = self._directory and drift_file(self._directory, bundle, key[1])
            self._counts[key] = DriftCounts(file, reference.shape, self._half_life)
        return self._counts[key]

    def _counted(self) -> list[str]:
        if self._directory is not None:
            return bundles_counted(self._directory)
        return sorted({bundle for bundle, _ in self._counts})

    def _total(self, bundle: str, reference: DriftReference) -> Floats:
        now = self._seconds()
        if self._directory is None:
            return sum(
                (own.at(now) for (of, _), own in self._counts.items() if of == bundle),
                start=np.zeros(reference.shape),
            )
        counts = (read_counts(file, reference.shape, now) for file in drift_files(self._directory, bundle))
        return sum(counts, start=np.zeros(reference.shape))

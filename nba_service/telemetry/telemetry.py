"""What the rest of the service tells.

One object, handed to every part that has something to say.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from models.domain.decision import Decision, DecisionRequest
from models.errors import NBAError
from models.policy.engine import Engine
from nba_service.settings import Settings
from nba_service.telemetry.customer_ref import CustomerRef
from nba_service.telemetry.drift import DRIFT_METRICS, Drift
from nba_service.telemetry.metrics import Computed, Metrics
from nba_service.telemetry.shared_files import VARIABLE
from nba_service.telemetry.tracing import Tracing, make_tracing

decided_ids: Final[ContextVar[list[str] | None]] = ContextVar("decided_ids", default=None)
"""Ids of the decisions of the current request, for its line in the log; None: outside of a request."""


JOURNAL_METRIC: Final = ("nba_journal_entries", "gauge", ())
"""Name, kind and labels. One journal serves all workers of a machine, so it is asked and not counted."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Metrics, traces, drift, and how customers are called in logs.

    ``tally``: decisions, reasons of degraded answers and of refused requests, of this process alone.
    """

    metrics: Metrics
    drift: Drift
    tracing: Tracing
    customer_ref: CustomerRef
    tally: Counter[str] = field(default_factory=Counter)

    def watch_journal(self, depth: Callable[[], int]) -> None:
        """Have scrapes ask how many records wait to be stored."""

        def collect() -> Iterator[Metric]:
            try:
                yield GaugeMetricFamily(JOURNAL_METRIC[0], "Records that wait to be stored", float(depth()))
            except (OSError, NBAError):
                return  # unreadable now: no value is truer than a wrong one

        self.metrics.show(Computed(collect))

    def metric_names(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Name, kind and labels of every metric there is, whether counted already or not."""
        return [*self.metrics.names(), *DRIFT_METRICS, JOURNAL_METRIC]

    def decided(self, stored: Sequence[tuple[Engine, DecisionRequest, Decision]]) -> None:
        """Decisions were made and stored."""
        self.tally["decisions"] += len(stored)
        for engine, request, decision in stored:
            self.metrics.decided(decision)
            self.drift.observe(engine, request)

    def answered(self, degraded_by: Iterable[str], fallbacks: Iterable[tuple[str, str, str]]) -> None:
        """Why answers are degraded; action, channel and reason of each text that fell back."""
        for reason in degraded_by:
            self.metrics.degraded(reason)
            self.tally[reason] += 1
        for fallback in fallbacks:
            self.metrics.fell_back(*fallback)

    def refused(self, reason: str) -> None:
        """A request was refused before any work."""
        self.metrics.refused(reason)
        self.tally[reason] += 1

    def name(self, ids: Sequence[tuple[str, ...]]) -> None:
        """Decision ids, each with those of the customer that it may contain, for the line in the log."""
        named = decided_ids.get()
        if named is not None:
            named.extend(self.customer_ref.in_text(*one) for one in ids)


def make_telemetry(settings: Settings, clock: Callable[[], datetime]) -> Telemetry:
    """The parts; within ``nba serve`` counts are shared by all workers."""
    shared = os.environ.get(VARIABLE)
    directory = None if not shared or not Path(shared).is_dir() else Path(shared)
    metrics = Metrics(directory)
    drift = Drift(
        settings.registry,
        every=settings.drift_every,
        half_life_hours=settings.drift_half_life_hours,
        directory=directory,
        seconds=lambda: clock().timestamp(),
    )
    metrics.show(Computed(drift.collect))
    return Telemetry(metrics, drift, make_tracing(os.environ), CustomerRef(settings.log_salt))

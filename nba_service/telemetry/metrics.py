"""What is counted, and how a scrape is answered.

Each metric has its name and labels here. Every label is a name of the journey file, a template of a route, or
a word of ours, so that the number of series is bounded. docs/reference/metrics.md lists them all, which a
test keeps complete. Counting costs about a microsecond; the children of ``prometheus_client`` are kept,
because finding them costs as much again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from models.domain.decision import Decision
from nba_service.telemetry.shared_files import locked

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MOST_BUNDLES: Final = 20
"""Bundles that a process names; it calls those after them ``other``."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
NO_ROUTE: Final = "(none)"

Kind = TypeVar("Kind", Counter, Gauge, Histogram)

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_LAGS: Final = (1.0, 10.0, 60.0, 600.0, 3_600.0, 6 * 3_600.0, 86_400.0, 3 * 86_400.0, 7 * 86_400.0)


class Metrics:
    """All counts of one process.

    Args:
        directory: where the workers of this run keep their counts; None: this process is alone.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory
        self.registry = CollectorRegistry()
        self._shown = self.registry
        if directory is not None:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown, str(directory))  # type: ignore[no-untyped-call]
        self._made: list[Counter | Gauge | Histogram] = []
        self._bundles: dict[str, str] = {}
        self._children: dict[tuple[object, ...], Counter | Gauge | Histogram] = {}
        self._decisions = self._counter(
            "nba_decisions", "Decisions made and stored", "action channel phase reason arm bundle"
        )
        self._drop_outs = self._counter(
            "nba_drop_outs", "Treatments that a barrier took out of a decision", "tier code"
        )
        self._degraded = self._counter("nba_degraded", "Answers that lack something", "reason")
        self._fallbacks = self._counter(
            "nba_content_fallbacks",
            "Texts that fell back to the action's fallback or label",
            "action channel reason",
        )
        self._rule_failures = self._counter(
            "nba_rule_failures", "Decisions in which the rule of a policy failed, which refuses", "policy"
        )
        self._events = self._counter(
            "nba_events", "Interactions and outcomes by what became of them", "kind result"
        )
        self._dropped = self._counter(
            "nba_beacon_dropped", "Events of pages that were not taken, by why", "reason"
        )
        self._journal_dropped = self._counter(
            "nba_journal_dropped", "Rows of the journal that were not stored, by why", "reason"
        )
        self._outcomes = self._counter("nba_outcomes", "Outcomes that were new", "outcome")
        self._lag = self._histogram(
            "nba_outcome_lag_seconds", "From when an outcome happened to when it was told", "", _LAGS
        )
        self._requests = self._histogram(
            "nba_request_seconds", "Time from request to answer", "method route status", _SECONDS
        )
        self._refused = self._counter(
            "nba_requests_refused", "Requests refused before any work, by why", "reason"
        )
        self._loads = self._counter("nba_bundle_loads", "Bundles loaded or refused by a worker", "result")
        self._serving = self._gauge("nba_bundle_serving", "Workers that decide with a bundle", "bundle")

    def _counter(self, name: str, text: str, labels: str = "") -> Counter:
        return self._keep(Counter(name, text, labels.split(), registry=self.registry))

    def _gauge(self, name: str, text: str, labels: str = "") -> Gauge:
        return self._keep(
            Gauge(name, text, labels.split(), registry=self.registry, multiprocess_mode="livesum")
        )

    def _histogram(self, name: str, text: str, labels: str, buckets: tuple[float, ...]) -> Histogram:
        return self._keep(Histogram(name, text, labels.split(), registry=self.registry, buckets=buckets))

    def _keep(self, metric: Kind) -> Kind:
        self._made.append(metric)
        return metric

    def scraped(self) -> bytes:
        """All metrics, of all workers, as Prometheus reads them."""
        if self.directory is None:
            return generate_latest(self._shown)
        with locked(self.directory, alone=False):
            return generate_latest(self._shown)

    def names(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Name, kind and labels of every metric that is counted here."""
        return [
            (f"{own._name}_total" if own._type == "counter" else own._name, own._type, own._labelnames)
            for own in self._made
        ]

    def show(self, collector: Collector) -> None:
        """Have scrapes ask ``collector`` too."""
        self._shown.register(collector)

    def decided(self, decision: Decision) -> None:
        """Count one decision, what dropped out of it, and rules that failed in it."""
        first = decision.actions[0]
        reason, bundle = decision.reason.value, self.bundle_label(decision.bundle)
        self._child(
            self._decisions,
            (first.action, first.channel or "", decision.phase.name, reason, decision.arm, bundle),
        ).inc()
        for tier, code, treatments in decision.refusals:
            self._child(self._drop_outs, (tier, code)).inc(treatments)
        for policy in decision.rule_failures:
            self._child(self._rule_failures, (policy,)).inc()

    def degraded(self, reason: str, answers: int = 1) -> None:
        """Answers lack something. ``reason``: one of our own words, never text of an error."""
        self._child(self._degraded, (reason,)).inc(answers)

    def fell_back(self, action: str, channel: str | None, reason: str) -> None:
        """A customer did not get the written text. ``reason``: a word of ``content/failure.py``."""
        self._child(self._fallbacks, (action, channel or "", reason)).inc()

    def events_received(self, kind: str, new: int, known: int, pending: int = 0) -> None:
        """Interactions or outcomes came in. ``pending``: decisions that nobody knows yet."""
        for result, number in (("new", new), ("known", known), ("pending", pending)):
            if number:
                self._child(self._events, (kind, result)).inc(number)

    def dropped(self, reason: str, number: int) -> None:
        """Events of a page were not taken. ``reason``: a code of docs/reference/api.md."""
        self._child(self._dropped, (reason,)).inc(number)

    def journal_dropped(self, reason: str, number: int) -> None:
        """Rows of the journal were left out. ``reason``: ``erased`` or ``expired``."""
        self._child(self._journal_dropped, (reason,)).inc(number)

    def outcome(self, name: str, lag_seconds: float) -> None:
        """An outcome came in, so long after it had happened."""
        self._child(self._outcomes, (name,)).inc()
        self._lag.observe(max(lag_seconds, 0.0))

    def request(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """A request was answered. ``route``: the template, so that no id becomes a label."""
        labels = (method if method in METHODS else "OTHER", route or NO_ROUTE, str(status))
        self._child(self._requests, labels).observe(seconds)

    def refused(self, reason: str) -> None:
        """A request was refused before any work. ``reason``: overloaded, too_slow, too_large or malformed."""
        self._child(self._refused, (reason,)).inc()

    def bundle_loaded(self, bundle: str, before: str | None) -> None:
        """This worker decides with another bundle."""
        self._child(self._loads, ("loaded",)).inc()
        if before is not None:
            self._child(self._serving, (self.bundle_label(before),)).set(0)
        self._child(self._serving, (self.bundle_label(bundle),)).set(1)

    def bundle_refused(self) -> None:
        """This worker would not load a bundle."""
        self._child(self._loads, ("refused",)).inc()

    def bundle_label(self, bundle: str) -> str:
        """The bundle's id, or ``other`` when this process has named too many already."""
        known = self._bundles.get(bundle)
        if known is None:
            known = self._bundles[bundle] = bundle if len(self._bundles) < MOST_BUNDLES else "other"
        return known

    def _child(self, metric: Kind, labels: tuple[str, ...]) -> Kind:
        key = (metric, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = metric.labels(*labels)
        return cast(Kind, child)


class Computed(Collector):
    """Metrics that are worked out when somebody scrapes."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()

    def describe(self) -> Iterable[Metric]:
        return ()

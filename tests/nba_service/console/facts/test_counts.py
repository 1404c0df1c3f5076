"""Counts as numbers: sums over labels, and quantiles of histograms."""

from __future__ import annotations

from nba_service.console.facts.counts import Counted
from nba_service.telemetry.metrics import Metrics


def test_what_is_counted_can_be_summed_and_split() -> None:
    metrics = Metrics()
    metrics.degraded("STORE_SLOW", 3)
    metrics.degraded("MODEL_UNAVAILABLE")
    counted = Counted.of(metrics.scraped())

    assert counted.total("nba_degraded_total") == 4
    assert counted.total("nba_degraded_total", reason="STORE_SLOW") == 3
    assert list(counted.by("nba_degraded_total", "reason").items()) == [
        ("STORE_SLOW", 3),
        ("MODEL_UNAVAILABLE", 1),
    ]
    assert counted.total("nba_unknown") == 0
    assert counted.most("nba_unknown") is None


def test_a_quantile_is_the_end_of_its_bucket() -> None:
    metrics = Metrics()
    for seconds in [0.0015] * 98 + [0.3, 0.4]:
        metrics.request("POST", "/v1/decisions", 200, seconds)
    counted = Counted.of(metrics.scraped())

    assert counted.quantile("nba_request_seconds", 0.5, route="/v1/decisions") == 0.002
    assert counted.quantile("nba_request_seconds", 0.99, route="/v1/decisions") == 0.5
    assert counted.quantile("nba_request_seconds", 0.99, route="/other") is None

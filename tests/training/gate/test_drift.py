"""Later customers are compared with those that were learned from, feature by feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from training.fit.prepared import Prepared
from training.gate.drift import GROWING, check_drift, feature_drift, judged_features
from training.rows.split import Part


@pytest.mark.parametrize(
    "name", ["hour", "month", "tenure_days", "phase_lag_1", "events_total", "days_since.visit"]
)
def test_what_moves_as_time_passes_is_not_judged(name: str) -> None:
    assert GROWING.match(name)


@pytest.mark.parametrize("name", ["phase", "contacts_7d", "attribute.age", "channel.web.30d"])
def test_what_tells_of_customers_is_judged(name: str) -> None:
    assert not GROWING.match(name)


def test_windows_that_reach_back_before_the_log_are_not_judged(trained: tuple[Prepared, Models]) -> None:
    """The log is 120 days long: a year's counts are still growing."""
    prepared, _ = trained
    names = {prepared.spec.customer_names[column] for column in judged_features(prepared)}

    assert "touchpoints_7d" in names
    assert "touchpoints_365d" not in names


def test_the_feature_that_moved_is_named(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    column = prepared.spec.customer_names.index("touchpoints_7d")
    x = prepared.customer_x.copy()
    x[prepared.split.of(Part.TEST), column] += 100
    moved = replace(prepared, customer_x=x)

    name, index = feature_drift(moved, np.random.default_rng(1))[0]
    checks = {c.name: c for c in check_drift(moved, models, prepared.journey.gate, np.random.default_rng(1))}

    assert name == "touchpoints_7d"
    assert index > 1.0
    assert not checks["drift_features"].passed
    assert "touchpoints_7d" in checks["drift_features"].sentence


def test_an_undisturbed_log_passes(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    checks = check_drift(prepared, models, prepared.journey.gate, np.random.default_rng(1))

    assert {check.name for check in checks if not check.passed} == set()

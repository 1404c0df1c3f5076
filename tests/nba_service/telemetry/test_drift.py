"""Population drift: a share of the decisions is looked at, and no decision fails because of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.policy.engine import Engine
from nba_service.engine.loading import load_engine
from nba_service.telemetry.drift import Drift
from tests.nba_service.conftest import NOW

Metrics = dict[tuple[str, tuple[str, ...]], float]


def make(registry: Path, *, every: int = 1, directory: Path | None = None) -> Drift:
    return Drift(
        registry, every=every, half_life_hours=24, directory=directory, seconds=lambda: 1_790_000_000.0
    )


def request(**consent: bool) -> DecisionRequest:
    customer = Customer(customer_id="ada", attributes={"age": 40}, consent=consent)
    return DecisionRequest(decision_id="d", customer=customer, decided_at=NOW)


def metrics(drift: Drift) -> Metrics:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in drift.collect()
        for sample in family.samples
    }


@pytest.fixture
def judged(judged_registry: Path) -> Engine:
    return load_engine(judged_registry, None, "b-9")


def test_every_looked_at_decision_is_a_row_and_every_feature_has_an_index(
    judged_registry: Path, judged: Engine
) -> None:
    drift = make(judged_registry)

    for _ in range(3):
        drift.observe(judged, request())

    found = metrics(drift)
    assert found[("nba_drift_rows", ("b-9",))] == 3
    kinds = {labels[1:] for name, labels in found if name == "nba_drift_index"}
    assert {("feature", "phase"), ("score", "propensity")} <= kinds
    assert len(kinds) == 5
    assert all(value >= 0 for value in found.values())


@pytest.mark.parametrize(("every", "rows"), [(0, None), (1, 7.0), (3, 3.0)])
def test_one_in_so_many_is_looked_at_and_the_first_is_one(
    judged_registry: Path, judged: Engine, every: int, rows: float | None
) -> None:
    drift = make(judged_registry, every=every)

    for _ in range(7):
        drift.observe(judged, request())

    assert metrics(drift).get(("nba_drift_rows", ("b-9",))) == rows


def test_who_objects_is_not_looked_at(judged_registry: Path, judged: Engine) -> None:
    drift = make(judged_registry)

    drift.observe(judged, request(personalization=False))

    assert metrics(drift) == {}


def test_counts_of_all_processes_are_added(judged_registry: Path, judged: Engine, tmp_path: Path) -> None:
    """Two of them, here in one process with a file each."""
    from nba_service.telemetry.drift_files import drift_file

    shared = tmp_path / "shared"
    shared.mkdir()
    drift = make(judged_registry, directory=shared)
    drift.observe(judged, request())
    (own,) = shared.iterdir()
    drift_file(shared, "b-9", 1).write_bytes(own.read_bytes())

    assert metrics(drift)[("nba_drift_rows", ("b-9",))] == 2


def test_a_bundle_without_a_reference_and_a_playbook_are_not_judged(
    published: Path, tiny_journey: Any
) -> None:
    drift = make(published)

    with capture_logs() as logs:
        drift.observe(load_engine(published, None, "b-1"), request())
        drift.observe(Engine(tiny_journey, None, "none"), request())

    assert (metrics(drift), logs) == ({}, [])


def test_a_bundle_that_has_gone_is_told_once(judged: Engine, tmp_path: Path) -> None:
    drift = make(tmp_path / "gone")

    with capture_logs() as logs:
        for _ in range(2):
            drift.observe(judged, request())

    assert [(one["event"], one["bundle"], one["code"]) for one in logs] == [
        ("drift_not_judged", "b-9", "REGISTRY_INVALID")
    ]


def test_a_failure_is_logged_and_fails_no_decision(
    judged_registry: Path, judged: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drift = make(judged_registry)
    fails: Callable[..., object] = lambda *_: 1 / 0  # noqa: E731
    monkeypatch.setattr(judged, "situate", fails)

    with capture_logs() as logs:
        drift.observe(judged, request())

    assert [(one["event"], one["bundle"]) for one in logs] == [("drift_failed", "b-9")]

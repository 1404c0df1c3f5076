"""A rehearsal changes what is changed: bundles and what outcomes taught stay as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.policy.engine import Engine
from models.policy.rehearsal.rehearsal import Rehearsal
from models.policy.scoring.updates import read_update
from nba_service.data.rehearsed_change import change_of
from nba_service.engine.loading import load_engine
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.settings import Settings

DOUBTED = b'[["interested","offer","email",-4.0,400,400]]'
"""What an update says of an action that earned nothing lately."""


@pytest.fixture
def source(settings: Settings) -> Iterator[EngineSource]:
    source = EngineSource(settings, poll=False)
    yield source
    source.stop()


def updated(published: Path, bundle: str) -> Engine:
    engine = load_engine(published, None, bundle)
    return engine.updated(read_update(engine.journey, DOUBTED))


def asked() -> DecisionRequest:
    return DecisionRequest(
        customer=Customer(customer_id="c", attributes={"age": 40}, consent={"email": True}),
        decision_id="d",
        decided_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
        stated_phase="interested",
    )


@pytest.mark.parametrize("bundle", ["b-1", "b-2"])
def test_a_file_that_is_not_changed_changes_nothing(
    source: EngineSource, settings: Settings, published: Path, tiny_journey_text: str, bundle: str
) -> None:
    """b-1 decides now, b-2 was a challenger; both decided with what outcomes had taught them."""
    change = change_of(
        source, settings.registry, bundle=None, journey=tiny_journey_text.encode(), name="same.yaml"
    )
    rehearsal, before = Rehearsal(change.engine), updated(published, bundle)
    rehearsal.add(before, asked(), change.instead_of(before))
    report = rehearsal.report()

    assert (report.decisions, report.changed) == (1, 0)
    assert all(shift.before == shift.after for shift in report.shifts)
    assert report.gain_before == report.gain_after
    plain = Rehearsal(change.engine)
    plain.add(before, asked())
    assert plain.report().gain_before != plain.report().gain_after, "what outcomes taught tells here"


def test_a_bundle_takes_the_place_of_all_and_keeps_what_it_was_taught(
    source: EngineSource, settings: Settings, published: Path
) -> None:
    change = change_of(source, settings.registry, bundle="b-2", journey=None, name="")
    own, other = updated(published, "b-2"), updated(published, "b-1")

    assert change.instead_of(other) is change.engine
    assert change.instead_of(own).update is not None
    assert change.instead_of(own) is change.instead_of(updated(published, "b-2"))


def test_what_decides_now_takes_the_place_of_all_where_nothing_is_named(
    source: EngineSource, settings: Settings, published: Path
) -> None:
    change = change_of(source, settings.registry, bundle=None, journey=None, name="")

    assert change.engine is source.current().engine
    assert change.instead_of(load_engine(published, None, "b-2")) is change.engine


def test_what_cannot_be_rehearsed_is_refused(source: EngineSource, settings: Settings) -> None:
    with pytest.raises(Problem, match="got 'b-9'"):
        change_of(source, settings.registry, bundle="b-9", journey=None, name="")
    with pytest.raises(Problem, match="company: expected a text"):
        change_of(source, settings.registry, bundle=None, journey=b"company: 7", name="broken.yaml")

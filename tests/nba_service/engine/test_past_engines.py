"""The engine that a decision was made with, for deciding it again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.policy.scoring.updates import PropensityUpdate
from nba_service.engine.learning import Learning
from nba_service.engine.loading import load_engine
from nba_service.engine.past_engines import PastEngines
from nba_service.engine.serving import Serving
from nba_service.errors import Problem
from nba_service.resilience import open_resilient_store
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def now(published: Path) -> Serving:
    return Serving.of(load_engine(published, None, "b-1"))


@pytest.fixture
def own(published: Path, tmp_path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path}/nba.sqlite", registry=published, journal=tmp_path / "j"
    )


def test_what_decides_now_is_not_loaded_again(own: Settings, now: Serving) -> None:
    past = PastEngines(own, None)

    assert past.find(now, "b-1", now.journey.sha256, None) is now
    assert past.find(now, "b-1", None, None) is now


def test_another_bundle_is_loaded_once(own: Settings, now: Serving) -> None:
    past = PastEngines(own, None)

    found = past.find(now, "b-2", None, None)

    assert (found.bundle_id, found.update) == ("b-2", None)
    assert past.find(None, "b-2", None, None) is found


@pytest.mark.parametrize(
    ("bundle_id", "journey", "said"),
    [
        (
            "b-9",
            None,
            "Expected bundle 'b-9' in the registry.*: REGISTRY_INVALID",
        ),
        ("b-1", "0" * 64, "Expected bundle 'b-1' and journey file 000000000000… in the registry"),
        ("none", "0" * 64, "Expected bundle 'none' and journey file 000000000000… in the registry"),
    ],
)
def test_what_is_gone_is_named(
    own: Settings, now: Serving, bundle_id: str, journey: str | None, said: str
) -> None:
    with pytest.raises(Problem, match=said) as problem:
        PastEngines(own, None).find(now, bundle_id, journey, None)

    assert (problem.value.kind, problem.value.status) == ("BUNDLE_GONE", 409)


@pytest.fixture
def store(own: Settings) -> ResilientStore:
    opened = open_resilient_store(own)
    opened.plain.migrate()
    return opened


def test_an_update_comes_from_the_store_and_is_cached(
    own: Settings, now: Serving, store: ResilientStore
) -> None:
    learning = Learning(own, store, lambda: NOW)
    row = learning._make(now.engine, 1_790_000_000_000)
    past = PastEngines(own, learning)

    found = past.find(now, "b-1", None, row.version)

    assert found.update == row.version
    assert isinstance(found.engine.update, PropensityUpdate)
    assert now.update is None
    assert past.find(now, "b-1", None, row.version) is found


@pytest.mark.parametrize("learns", [True, False])
def test_an_update_that_the_store_does_not_have_is_said(
    own: Settings, now: Serving, store: ResilientStore, learns: bool
) -> None:
    past = PastEngines(own, Learning(own, store, lambda: NOW) if learns else None)

    with pytest.raises(Problem, match="Expected update 'u-9' of bundle 'b-1' in the store") as problem:
        past.find(now, "b-1", None, "u-9")

    assert problem.value.kind == "BUNDLE_GONE"

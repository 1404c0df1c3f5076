"""How old champion, decisions and outcomes are, said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import flask
import pytest

from nba_service.server.freshness import champion_age, silence
from nba_service.settings import Settings
from tests.nba_service.conftest import NOW


def test_an_old_champion_is_a_reason_to_retrain(settings: Settings, tmp_path: Path) -> None:
    young = champion_age(settings, NOW)
    old = champion_age(settings, NOW + timedelta(days=400))

    assert young.startswith("b-1 was trained ")
    assert "retrain" not in young
    assert "retrain, the gate says" in old
    assert champion_age(replace(settings, registry=tmp_path / "none"), NOW) == "there is no champion"


@pytest.mark.parametrize(
    ("days", "outcome", "said"),
    [
        (0, None, "no outcome came yet"),
        (0, "2026-11-20T11:00:00Z", "the newest outcome happened 60 minutes ago"),
        (3, "2026-11-20T11:00:00Z", "made 3 days ago, the newest outcome happened 3 days ago"),
    ],
)
def test_the_newest_decision_and_outcome_are_told(
    make_app: Callable[..., flask.Flask], settings: Settings, days: int, outcome: str | None, said: str
) -> None:
    client = make_app(settings).test_client()
    assert silence(settings, NOW) == "nothing was decided yet"
    client.post("/v1/decisions", json={"customer_id": "c-1", "decision_id": "d-1"})
    if outcome is not None:
        client.post("/v1/outcomes", json={"decision_id": "d-1", "outcome": "clicked", "occurred_at": outcome})

    assert said in silence(settings, NOW + timedelta(days=days))


def test_outcomes_that_stopped_while_decisions_go_on_are_asked_about(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(settings).test_client()
    old = {"customer_id": "c-1", "decision_id": "d-1", "context": {"time": "2026-11-01T10:00:00Z"}}
    client.post("/v1/decisions", json=old)
    client.post(
        "/v1/outcomes",
        json={"decision_id": "d-1", "outcome": "clicked", "occurred_at": "2026-11-02T10:00:00Z"},
    )
    client.post("/v1/decisions", json={"customer_id": "c-2"})

    assert "do your pages and mail tools still report them?" in silence(settings, NOW)

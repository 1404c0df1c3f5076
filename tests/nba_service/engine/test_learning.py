"""Learning between trainings, from end to end: outcomes come in, decisions follow, and every one replays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import flask
import pytest

from models.policy.decide import decide as decide_purely
from models.registry import Registry
from nba_service.engine.serving import Serving
from nba_service.errors import StoreError
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.services import Services
from nba_service.settings import Settings
from tests.set_clock import NOON, SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], settings: Settings, clock: SetClock) -> flask.Flask:
    return make_app(replace(settings, update_seconds=3_600), clock=clock)


def parts(app: flask.Flask) -> Services:
    found: Services = app.extensions["nba"]
    return found


def decide(app: flask.Flask, customer: str) -> dict[str, Any]:
    request = {"customer_id": customer, "phase": "interested", "profile": {"consent": {"email": True}}}
    answer: dict[str, Any] = app.test_client().post("/v1/decisions", json=request).get_json()
    return answer


def offer(app: flask.Flask) -> float:
    """The offer's propensity as it stands now."""
    call = {"customer_id": "asked", "phase": "interested", "profile": {"consent": {"email": True}}}
    candidates = app.test_client().post("/v1/explanations", json=call).get_json()["explanation"]["candidates"]
    return float(next(c for c in candidates if c["action"] == "offer")["propensity"]["value"])


def live(app: flask.Flask, clock: SetClock, decisions: int, answered: bool) -> str:
    """Many customers decided for, and, a window later, nothing or all of them answered."""
    ids = [decide(app, f"c-{number}")["decision_id"] for number in range(decisions)]
    if answered:
        outcomes = [{"decision_id": key, "outcome": "clicked", "outcome_id": f"o-{key}"} for key in ids]
        assert app.test_client().post("/v1/outcomes", json={"outcomes": outcomes}).status_code < 300
    clock.now += timedelta(days=8)
    parts(app).source.learn()
    return str(ids[0])


@pytest.mark.parametrize("answered", [False, True])
def test_outcomes_move_the_propensities(app: flask.Flask, clock: SetClock, answered: bool) -> None:
    before = offer(app)

    live(app, clock, 60, answered)

    assert (offer(app) > before) is answered


def test_an_explanation_tells_what_happened_since_the_training(app: flask.Flask, clock: SetClock) -> None:
    """The model's own propensity, moved by the told log-odds, is the propensity that counted.

    Both as an answer shows them: with six digits.
    """
    call = {"customer_id": "asked", "phase": "interested", "profile": {"consent": {"email": True}}}

    def explained() -> dict[str, dict[str, Any]]:
        answer = app.test_client().post("/v1/explanations", json=call).get_json()
        return {one["action"]: one for one in answer["explanation"]["candidates"]}

    before = explained()
    assert all(one["since_training"] is None for one in before.values())
    live(app, clock, 60, answered=True)
    after = explained()
    since = after["offer"]["since_training"]
    assert since["decisions"] > 0
    assert since["modelled"] == pytest.approx(before["offer"]["propensity"]["value"], rel=3e-6)
    odds = since["modelled"] / (1.0 - since["modelled"]) * math.exp(since["log_odds"])
    assert after["offer"]["propensity"]["value"] == pytest.approx(odds / (1.0 + odds), rel=3e-6)


def test_a_decision_says_which_update_made_it_and_replays_with_it(app: flask.Flask, clock: SetClock) -> None:
    first = live(app, clock, 60, answered=True)
    second = decide(app, "later")["decision_id"]
    clock.now += timedelta(hours=2)
    live(app, clock, 20, answered=False)
    third = decide(app, "last")["decision_id"]

    rows = parts(app).store.decisions([first, second, third])
    versions = [rows[key].updates for key in (first, second, third)]
    client = app.test_client()

    assert versions[0] is None
    assert len(set(versions)) == 3
    for key in (first, second, third):
        assert client.get(f"/v1/decisions/{key}/replay").get_json()["identical"]


def test_the_models_own_propensity_is_what_the_next_update_compares_with(
    app: flask.Flask, clock: SetClock
) -> None:
    live(app, clock, 60, answered=True)
    row = parts(app).store.decisions([key := decide(app, "later")["decision_id"]])[key]
    updated, request = parts(app).decisions.recorded.engine_and_request_of(row)
    plain = parts(app).source.of_bundle(str(row.bundle))

    def propensity(serving: Serving) -> float:
        found = decide_purely(serving.engine, request).candidates
        return next(c.propensity.value for c in found if (c.action, c.channel) == (row.action, row.channel))

    assert row.propensity == pytest.approx(propensity(plain), rel=1e-9)
    assert propensity(updated) > propensity(plain)
    assert row.phase == "interested"


def test_another_worker_takes_the_update_over_instead_of_making_its_own(
    app: flask.Flask, make_app: Callable[..., flask.Flask], settings: Settings, clock: SetClock
) -> None:
    live(app, clock, 60, answered=True)
    other = make_app(replace(settings, update_seconds=3_600), clock=clock)

    assert parts(other).source.current().update == parts(app).source.current().update is not None


def test_an_update_is_made_no_more_often_than_asked(app: flask.Flask, clock: SetClock) -> None:
    live(app, clock, 30, answered=True)
    version = parts(app).source.current().update
    for number in range(30):
        decide(app, f"n-{number}")
    clock.now += timedelta(minutes=59)
    parts(app).source.learn()

    assert parts(app).source.current().update == version


def test_one_setting_switches_it_off(
    make_app: Callable[..., flask.Flask], settings: Settings, clock: SetClock
) -> None:
    app = make_app(replace(settings, update_seconds=0), clock=clock)
    before = offer(app)

    live(app, clock, 60, answered=True)

    assert offer(app) == before
    assert parts(app).source.current().update is None


def test_without_a_bundle_the_beliefs_learn_too(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, clock: SetClock
) -> None:
    app = make_app(replace(playbook_settings, update_seconds=3_600), clock=clock)
    assert offer(app) == pytest.approx(0.2)  # as the journey file believes

    live(app, clock, 40, answered=False)

    assert offer(app) < 0.15


def test_a_count_that_takes_too_long_does_not_take_the_store_from_decisions(
    app: flask.Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any, **__: Any) -> Any:
        raise StoreError("canceling statement due to statement timeout")

    decide(app, "c-1")
    clock.now += timedelta(days=8)
    monkeypatch.setattr(parts(app).store.plain, "settle_and_count_responses", slow)
    for _ in range(5):
        with pytest.raises(StoreError):
            parts(app).source.learn()

    assert decide(app, "c-2")["degraded_by"] == []


def test_an_update_of_a_bundle_that_no_longer_decides_is_dropped(
    app: flask.Flask, clock: SetClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting takes long enough for somebody to roll back meanwhile."""
    decide(app, "c-1")
    clock.now += timedelta(days=8)
    source, counted = parts(app).source, parts(app).store.plain.settle_and_count_responses

    def promoted_meanwhile(*asked: Any, **named: Any) -> Any:
        Registry(settings.registry).promote("b-2", "test", NOON, check=lambda _: None)
        source.look()
        return counted(*asked, **named)

    monkeypatch.setattr(parts(app).store.plain, "settle_and_count_responses", promoted_meanwhile)
    live(app, clock, 40, True)

    assert source.current().bundle_id == "b-2"


def test_a_store_that_does_not_answer_changes_nothing(
    app: flask.Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nba_service.errors import StoreError

    live(app, clock, 60, answered=True)
    version = parts(app).source.current().update
    clock.now += timedelta(days=1)

    def fails(*_: Any, **__: Any) -> Any:
        raise StoreError("down")

    monkeypatch.setattr(type(cast(ResilientStore, parts(app).store).plain), "latest_update", fails)
    with pytest.raises(StoreError):
        parts(app).source.learn()

    assert parts(app).source.current().update == version

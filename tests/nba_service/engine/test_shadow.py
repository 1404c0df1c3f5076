"""The shadow: computed, compared, never shown, and free to fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import flask

from models.registry import Registry, Role
from nba_service.decisions.calls import DecisionCall
from nba_service.engine.shadow import Shadow
from nba_service.services import Services
from nba_service.settings import Settings
from tests.waiting import wait_until

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


def begin(settings: Settings, role: Role, share: float | None = None) -> None:
    Registry(settings.registry).trials.begin(role, "b-2", "try", NOW, share=share, check=lambda _: None)


def bundle_of(client: flask.testing.FlaskClient, customer: str) -> str:
    answer = client.post("/v1/decisions", json={"customer_id": customer})
    found: str = answer.get_json()["bundle"]
    return found


def test_a_shadow_is_computed_and_never_shown(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    app = make_app(settings)
    client, shadow = app.test_client(), app.extensions["nba"].decisions.counts.shadow
    begin(settings, Role.SHADOW)

    assert {bundle_of(client, f"c-{n}") for n in range(8)} == {"b-1"}

    wait_until(lambda: sum(shadow.counts().values()) == 8)
    counts = client.get("/v1/bundles").get_json()["shadow"]
    assert sum(counts.values()) == 8
    assert counts["same"] == 8  # the same models under another name draw the same


def test_a_shadow_that_fails_or_is_too_slow_costs_nobody_anything(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    app = make_app(settings)
    client, parts = app.test_client(), app.extensions["nba"]
    parts.decisions.counts.shadow = Shadow(lambda: object())  # type: ignore[arg-type, return-value]
    answers = [client.post("/v1/decisions", json={"customer_id": f"c-{n}"}) for n in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    wait_until(lambda: parts.decisions.counts.shadow.counts().get("failed", 0) == 5)
    assert parts.decisions.counts.shadow.counts() == {"failed": 5}


def test_no_decision_of_a_batch_is_dropped(parts: Services) -> None:
    made = parts.decisions.hypothetical(DecisionCall(customer_id="c"))
    shadow = Shadow(lambda: made.serving.engine)

    shadow.offer([(made.request, made.decision)] * 1_000)

    wait_until(lambda: sum(shadow.counts().values()) == 1_000)
    assert shadow.counts() == {"same": 1_000}

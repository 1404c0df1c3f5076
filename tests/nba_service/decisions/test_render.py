"""A request becomes a decision with its texts; models that fail are replaced by the playbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.bundle import Models
from models.domain.journey import Journey
from models.errors import NBAError
from models.policy.engine import Engine
from nba_service.content.facts import FactBook
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import MadeDecision
from nba_service.decisions.render import decide_and_render, explain_request
from nba_service.decisions.request_builder import build_request
from nba_service.engine.serving import Serving
from nba_service.store.rows import StoredState

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NO_FACTS = FactBook.of([])


def decided(serving: Serving, *reasons: Degraded, **fields: Any) -> MadeDecision:
    usual: Mapping[str, Any] = {"customer_id": "ada", "channels": ("web",), "phase": "stranger"}
    call = DecisionCall(**{**usual, **fields})
    state = StoredState(customer=None, events=())
    request = build_request(serving.names, call, state, decision_id="d-1", decided_at=NOW)
    return decide_and_render(serving, call, request, NO_FACTS, reasons, version=7)


@pytest.fixture(scope="module")
def exact(tiny_journey: Journey) -> Journey:
    """The tiny journey without chance."""
    exploration = replace(tiny_journey.objective.exploration, floor=0.0)
    return replace(tiny_journey, objective=replace(tiny_journey.objective, exploration=exploration))


@pytest.fixture(scope="module")
def serving(exact: Journey) -> Serving:
    return Serving.of(Engine(exact, None, "none"))


@pytest.fixture(scope="module")
def modelled(exact: Journey, tiny_models: Models) -> Serving:
    return Serving.of(Engine(exact, tiny_models, "b-1"))


@pytest.fixture(scope="module")
def broken(exact: Journey, tiny_models: Models) -> Serving:
    """A bundle that cannot be asked, which none that passed its checks should be."""
    damaged = Serving.of(Engine(exact, tiny_models, "b-1"))
    damaged.engine.estimator = None  # type: ignore[assignment]
    return damaged


def test_the_answer_has_the_text_of_what_was_chosen(serving: Serving) -> None:
    made = decided(serving, profile=Profile(attributes={"first_name": "Ada"}))

    (action,) = made.answer["actions"]
    assert (action["action"], action["channel"]) == ("teaser", "web")
    assert action["content"]["title"] == "Hello Ada"
    assert (made.decision.decision_id, made.version) == ("d-1", 7)


@pytest.mark.parametrize(
    ("context", "profile", "locale"),
    [("de", "en", "de"), (None, "de", "de"), (None, None, "en")],
)
def test_the_requests_language_comes_before_the_customers(
    exact: Journey, context: str | None, profile: str | None, locale: str
) -> None:
    actions = tuple(
        replace(one, content={key: {**texts, "de": texts["en"]} for key, texts in one.content.items()})
        for one in exact.actions
    )
    both = Serving.of(Engine(replace(exact, actions=actions), None, "none"))

    made = decided(both, context={"locale": context} if context else {}, profile=Profile(locale=profile))

    assert made.answer["actions"][0]["content"]["locale"] == locale


def test_doing_nothing_has_no_text(serving: Serving) -> None:
    made = decided(serving, channels=("email",))

    assert [(one["action"], one["content"]) for one in made.answer["actions"]] == [("nothing", None)]


def test_the_reasons_why_it_is_degraded_are_all_named(serving: Serving) -> None:
    made = decided(serving, Degraded.STORE_SLOW)

    assert made.answer["degraded"] is True
    assert made.answer["degraded_by"] == ["MODEL_UNAVAILABLE", "STORE_SLOW"]


def test_a_text_that_fails_is_a_reason(exact: Journey) -> None:
    def broken_text(texts: Mapping[str, Any]) -> dict[str, Any]:
        return {locale: replace(content, body="{{ customer.unknown }}") for locale, content in texts.items()}

    actions = tuple(
        replace(one, content={key: broken_text(texts) for key, texts in one.content.items()})
        for one in exact.actions
    )

    made = decided(Serving.of(Engine(replace(exact, actions=actions), None, "none")))

    assert made.answer["degraded_by"] == ["MODEL_UNAVAILABLE", "CONTENT_FAILED"]
    assert made.answer["actions"][0]["content"]["fallback"] == "VARIABLE_MISSING"


def test_a_best_time_is_told_only_if_it_was_asked_for(serving: Serving) -> None:
    assert "best_time" not in decided(serving).answer["actions"][0]
    assert "best_time" in decided(serving, when="asked").answer["actions"][0]


def test_models_that_decide_are_not_degraded(modelled: Serving) -> None:
    made = decided(modelled)

    assert (made.answer["degraded"], made.answer["bundle"]) == (False, "b-1")
    assert made.serving is modelled


def test_models_that_fail_leave_the_playbook_to_decide_and_are_logged(broken: Serving) -> None:
    with capture_logs() as logs:
        made = decided(broken)

    assert made.answer["actions"][0]["action"] == "teaser"
    assert (made.answer["bundle"], made.serving.engine.models) == ("none", None)
    assert made.answer["degraded_by"] == ["MODEL_UNAVAILABLE", "MODEL_FAILED"]
    assert [(entry["event"], entry["bundle"], entry["log_level"]) for entry in logs] == [
        ("models_failed", "b-1", "error")
    ]


def test_an_explanation_is_the_playbooks_too_where_models_fail(broken: Serving, modelled: Serving) -> None:
    request = decided(modelled).request

    by_models, _ = explain_request(modelled, request)
    by_playbook, explanation = explain_request(broken, request)

    assert by_models is modelled
    assert by_playbook.bundle_id == "none"
    assert explanation.decision.actions[0].action == "teaser"


def test_a_request_that_cannot_be_is_an_error_and_not_the_models_fault(modelled: Serving) -> None:
    request = replace(decided(modelled).request, stated_phase="no such phase")

    for work in (
        lambda: decide_and_render(modelled, DecisionCall(customer_id="ada"), request, NO_FACTS),
        lambda: explain_request(modelled, request),
    ):
        with capture_logs() as logs, pytest.raises(NBAError, match="no such phase"):
            work()
        assert logs == []

"""Explanations over HTTP: what-if side by side, the text for the customer, and no trace in the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.domain.decision import DecisionRequest
from models.policy import decide as decide_module
from models.policy.engine import Engine
from models.policy.explain import alternatives as alternatives_module
from models.policy.explain.explanation import Explainer
from models.policy.steps import DecisionSteps
from nba_service.api.decisions.responses import ExplainedAnswer, WhatIfAnswer
from nba_service.settings import Settings

CONSENT = {"email": True, "personalization": True}
QUOTE = {"occurred_at": "2026-11-19T10:00:00Z", "channel": "web", "touchpoint": "quote"}
ASK: dict[str, Any] = {
    "customer_id": "c-1",
    "profile": {"attributes": {"age": 40}, "consent": CONSENT},
    "interactions": [QUOTE],
    "decision_id": "what-if/1",
}


def explain(client: FlaskClient, **changed: Any) -> dict[str, Any]:
    answer = client.post("/v1/explanations", json={**ASK, **changed})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    assert WhatIfAnswer().load(told)
    return told


def codes(answer: dict[str, Any]) -> set[str]:
    return {one["code"] for one in answer["explanation"]["drop_outs"]}


def test_factors_multiply_to_what_is_gained(shared_client: FlaskClient) -> None:
    answer = explain(shared_client, context={"weights": {"offer": 2.0}})
    assert answer["phase"]["name"] == "interested"
    for one in answer["explanation"]["candidates"]:
        used = one["factors"]
        product = used["propensity"] * used["value"] * used["weight"] * used["lever"]
        gain = product - used["cost"] + used["journey_gain"]
        assert one["value"]["over_nothing"] == pytest.approx(gain)
    assert "factors" in answer["actions"][0]


@pytest.mark.parametrize(
    ("changes", "phase"),
    [
        ({"phase": "customer"}, "customer"),
        ({"without": ["quote"]}, "stranger"),
        ({"time": "2026-12-31T10:00:00Z"}, "stranger"),  # the phase lapses after 30 days
        ({"interactions": [{**QUOTE, "touchpoint": "order"}]}, "customer"),
    ],
)
def test_changed_facts_stand_beside_the_real_ones(
    shared_client: FlaskClient, changes: dict[str, Any], phase: str
) -> None:
    answer = explain(shared_client, changes=changes)
    assert (answer["phase"]["name"], answer["what_if"]["phase"]["name"]) == ("interested", phase)
    assert {(one["action"], one["channel"]) for one in answer["differences"]} >= {("offer", "email")}


def test_profiles_rules_and_bundles_can_be_changed_too(shared_client: FlaskClient) -> None:
    young = explain(shared_client, changes={"profile": {"attributes": {"age": 12}}})
    assert "ADULTS_ONLY" in codes(young["what_if"]) - codes(young)
    objector = explain(shared_client, changes={"profile": {"consent": {"email": False}}})
    assert "CONSENT_MISSING" in codes(objector["what_if"]) - codes(objector)

    never = {"code": "NEVER", "tier": "suitability", "when": "false", "actions": ["offer"]}
    strict = explain(shared_client, changes={"rules": {"put": [never]}})
    assert "NEVER" in codes(strict["what_if"]) - codes(strict)
    child = {"profile": {"attributes": {"age": 12}}}
    lax = explain(shared_client, changes={**child, "rules": {"without": ["ADULTS_ONLY"]}})
    assert "ADULTS_ONLY" not in codes(lax["what_if"])

    other = explain(shared_client, changes={"bundle": "b-2"})
    assert (other["bundle"], other["what_if"]["bundle"]) == ("b-1", "b-2")


def test_a_rule_that_fails_names_itself(shared_client: FlaskClient) -> None:
    broken = {"code": "BROKEN", "tier": "eligibility", "when": 'context.tier == "gold"', "actions": ["offer"]}
    answer = explain(shared_client, changes={"rules": {"put": [broken]}})["what_if"]["explanation"]
    assert answer["rule_failures"] == ["BROKEN"]
    [refused] = [one for one in answer["drop_outs"] if one["code"] == "BROKEN"]
    assert "failed" in refused["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"bundle": "b-9"},
        {"rules": {"without": ["NO_SUCH"]}},
        {"rules": {"put": [{"code": "X", "tier": "eligibility", "when": "((("}]}},
        {"phase": "married"},
        {"fase": "customer"},
    ],
)
def test_changes_that_cannot_be_are_refused(shared_client: FlaskClient, changes: dict[str, Any]) -> None:
    answer = shared_client.post("/v1/explanations", json={**ASK, "changes": changes})
    assert answer.status_code in (409, 422), answer.text


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("((", "a rule in CEL"),
        ('has(customer.attributes.age) && customer.attributes.age == "old"', "customer.attributes.age"),
        ("has(customer.attributes.shoe_size)", "shoe_size"),
        ('phase.name == "married"', "married"),
        ("phase.dwell_days", "true or false"),
    ],
)
def test_rules_put_in_are_held_to_what_the_journey_file_is_held_to(
    shared_client: FlaskClient, when: str, said: str
) -> None:
    rule = {"code": "X", "tier": "eligibility", "when": when, "actions": ["offer"]}
    answer = shared_client.post("/v1/explanations", json={**ASK, "changes": {"rules": {"put": [rule]}}})
    assert answer.status_code == 422
    [problem] = answer.get_json()["errors"]
    assert problem["field"] == "changes.rules.put[0].when"
    assert said in problem["detail"]


def test_a_stored_decision_can_be_asked_what_if(shared_client: FlaskClient) -> None:
    made = shared_client.post("/v1/decisions", json={**ASK, "decision_id": "stored/1"}).get_json()
    body = {"of": "stored/1", "changes": {"phase": "customer"}, "text": "de"}
    answer = shared_client.post("/v1/explanations", json=body).get_json()
    assert answer["actions"] == made["actions"]
    assert answer["what_if"]["phase"]["name"] == "customer"
    assert answer["customer_text"]["language"] == "de"
    neither = shared_client.post("/v1/explanations", json={"text": "de"})
    assert neither.status_code == 422


@pytest.mark.parametrize(
    ("language", "heading", "sentence"),
    [
        ("en", "What you can do", "Asked for an offer: once"),
        ("de", "Was Sie tun können", "Asked for an offer: einmal"),
    ],
)
def test_the_text_for_the_customer_says_what_was_used_and_what_would_change(
    shared_client: FlaskClient, language: str, heading: str, sentence: str
) -> None:
    shared_client.post("/v1/decisions", json={**ASK, "decision_id": f"text/{language}"})
    answer = shared_client.get(f"/v1/decisions/text/{language}/explanation?text={language}").get_json()
    assert ExplainedAnswer().load(answer)
    text = answer["customer_text"]["text"]
    assert heading in text
    assert sentence in text
    assert "Age: 40" in text
    assert len(answer["customer_text"]["sections"]) >= 6


def test_an_explanation_leaves_no_trace(make_app: Callable[..., flask.Flask], settings: Settings) -> None:
    """Nothing in any table changes, whatever is explained."""
    app = make_app(settings)
    client, store = app.test_client(), app.extensions["nba"].store.plain
    client.post("/v1/decisions", json={**ASK, "decision_id": "kept/1"})
    tables = ("customers", "interactions", "decisions", "outcomes")
    before = {name: store.scan(name, "", 100) for name in tables}
    explain(client, changes={"phase": "customer"}, text="en")
    client.get("/v1/decisions/kept/1/explanation?text=de")
    client.get("/v1/decisions/kept/1/replay")
    assert {name: store.scan(name, "", 100) for name in tables} == before


def test_rules_that_failed_in_decisions_are_seen_by_operators(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, tiny_journey_text: str
) -> None:
    """Decisions count, explanations do not; the service stays ready."""
    assert playbook_settings.journey is not None
    playbook_settings.journey.write_text(
        tiny_journey_text.replace(
            'when: "!has(customer.attributes.age) || customer.attributes.age >= 18"',
            "when: 'context.tier == \"gold\"'",
        )
    )
    client = make_app(playbook_settings).test_client()
    explain(client)
    assert client.get("/readyz").get_json()["problems"] == []
    assert client.post("/v1/decisions", json=ASK).status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 200
    [problem] = ready.get_json()["problems"]
    assert (problem["code"], "ADULTS_ONLY failed in 1 decisions" in problem["detail"]) == (
        "RULE_FAILED",
        True,
    )


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[DecisionRequest]:
    """The requests whose steps were worked through, in order."""
    requests: list[DecisionRequest] = []
    steps = decide_module.run_steps

    def counted(engine: Engine, request: DecisionRequest) -> DecisionSteps:
        requests.append(request)
        return steps(engine, request)

    for module in (decide_module, alternatives_module):
        monkeypatch.setattr(module, "run_steps", counted)
    return requests


def unchanged(worked: list[DecisionRequest]) -> int:
    """How often the facts were worked through as they are; alternatives change one."""
    return worked.count(worked[0])


def test_the_text_of_a_stored_decision_works_through_its_facts_once(
    make_app: Callable[..., flask.Flask], settings: Settings, worked: list[DecisionRequest]
) -> None:
    """Five times before: the answer, its explanation, both again for the text, and for its alternatives."""
    client = make_app(settings).test_client()
    client.post("/v1/decisions", json={**ASK, "decision_id": "once/1"})
    worked.clear()

    answer = client.get("/v1/decisions/once/1/explanation?text=en").get_json()

    assert answer["customer_text"]["language"] == "en"
    assert unchanged(worked) == 1
    assert len(worked) > 1  # the alternatives


@pytest.mark.parametrize("of_stored", [True, False])
def test_an_explanation_with_text_works_through_its_facts_once(
    make_app: Callable[..., flask.Flask], settings: Settings, worked: list[DecisionRequest], of_stored: bool
) -> None:
    """``nba explain`` takes this path too."""
    client = make_app(settings).test_client()
    client.post("/v1/decisions", json={**ASK, "decision_id": "once/1"})
    worked.clear()

    body = {"of": "once/1"} if of_stored else {**ASK, "decision_id": "once/2"}
    answer = client.post("/v1/explanations", json={**body, "text": "en"}).get_json()

    assert answer["customer_text"]["language"] == "en"
    assert unchanged(worked) == 1


def test_a_decision_that_is_explained_at_once_is_made_once(
    make_app: Callable[..., flask.Flask], settings: Settings, worked: list[DecisionRequest]
) -> None:
    client = make_app(settings).test_client()

    answer = client.post("/v1/decisions", json={**ASK, "explain": True}).get_json()

    assert answer["explanation"]["candidates"]
    assert len(worked) == 1


@pytest.fixture
def no_explainer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(explainer: Explainer) -> None:
        raise OSError("LightGBM cannot be loaded")

    monkeypatch.setattr(Explainer, "_load", fail)


@pytest.mark.usefixtures("no_explainer")
def test_an_explanation_that_fails_is_an_error_and_not_that_of_another_decision(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    """The playbook's reasons are not those of what the models decided."""
    app = make_app(settings)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    client.post("/v1/decisions", json={**ASK, "decision_id": "fails/1"})

    answer = client.get("/v1/decisions/fails/1/explanation?text=en")

    assert (answer.status_code, answer.get_json()["code"]) == (500, "INTERNAL")


@pytest.mark.usefixtures("no_explainer")
def test_a_decision_whose_explanation_fails_is_answered_without_it(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(settings).test_client()

    answer = client.post("/v1/decisions", json={**ASK, "explain": True})

    assert answer.status_code == 200
    assert answer.get_json()["degraded_by"] == ["EXPLANATION_FAILED"]
    assert "explanation" not in answer.get_json()


def test_what_was_not_asked_for_is_a_number_until_all_of_it_is_wanted(shared_client: FlaskClient) -> None:
    asked = {"channels": ["email"], "decision_id": "detail/1"}
    shared_client.post("/v1/decisions", json={**ASK, **asked})
    stored = "/v1/decisions/detail/1/explanation"
    pairs = [
        (explain(shared_client, **asked), explain(shared_client, **asked, detail="full")),
        (shared_client.get(stored).get_json(), shared_client.get(f"{stored}?detail=full").get_json()),
    ]

    for short, full in pairs:
        short, full = short["explanation"], full["explanation"]
        listed = [one["code"] for one in full["drop_outs"]].count("NOT_ASKED")
        assert short["not_asked"] == full["not_asked"] == listed > 0
        assert short["drop_outs"] == [one for one in full["drop_outs"] if one["code"] != "NOT_ASKED"]
        assert short["candidates"] == full["candidates"]


def test_another_detail_is_refused_at_both_doors(shared_client: FlaskClient) -> None:
    shared_client.post("/v1/decisions", json={**ASK, "decision_id": "detail/2"})
    told = [
        shared_client.get("/v1/decisions/detail/2/explanation?detail=everything"),
        shared_client.post("/v1/explanations", json={**ASK, "detail": "everything"}),
    ]

    for answer in told:
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "detail"
        assert "full" in answer.get_json()["errors"][0]["detail"]

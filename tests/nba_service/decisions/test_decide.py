"""Decisions over HTTP: the answer's fields, idempotency, what a decision knows, replay."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.api.decisions.responses import DecisionAnswer, DecisionBatchAnswer, ReplayAnswer
from nba_service.settings import Settings

CONSENT = {"email": True, "personalization": True}
ASK: dict[str, Any] = {"customer_id": "c-1", "profile": {"attributes": {"age": 40}, "consent": CONSENT}}
fresh = (f"fresh-{n}" for n in itertools.count())


def decide(client: FlaskClient, **changed: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json={**ASK, **changed})
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.get_json()
    return decided


def test_an_answer_has_exactly_the_documented_fields(shared_client: FlaskClient) -> None:
    answer = decide(shared_client, explain=True)

    assert DecisionAnswer().load(answer)
    assert (answer["bundle"], answer["currency"], answer["degraded"]) == ("b-1", "EUR", False)
    chances = [candidate["action_probability"] for candidate in answer["explanation"]["candidates"]]
    assert sum(chances) == pytest.approx(1.0, rel=1e-5)  # of six digits each
    value = answer["actions"][0]["value"]
    told = value["immediate"] + value["journey"] - value["cost"]
    assert value["priority"] == pytest.approx(told, rel=1e-5)


def test_every_field_but_the_customer_may_be_left_out_or_null(shared_client: FlaskClient) -> None:
    empty = {"phase": None, "channels": None, "placements": None, "limit": 1, "profile": None,
             "interactions": [], "context": {}, "exclude": [], "decision_id": None, "deferred": False,
             "explain": False}  # fmt: skip
    for body in ({"customer_id": "c"}, {"customer_id": "c", **empty}):
        answer = shared_client.post("/v1/decisions", json=body)
        assert answer.status_code == 200, answer.text


def test_placements_are_filled_in_order_and_without_repeats(shared_client: FlaskClient) -> None:
    actions = decide(shared_client, placements=["sidebar", "banner"])["actions"]

    assert [(a["rank"], a["placement"]) for a in actions] == [(1, "sidebar"), (2, "banner")]
    shown = [a["action"] for a in actions if a["action"] != "nothing"]
    assert len(shown) == len(set(shown))


def test_content_is_in_the_asked_words_and_nothing_has_none(shared_client: FlaskClient) -> None:
    profile = {"attributes": {"first_name": "<b>Ada</b>"}, "consent": CONSENT}
    for number in range(8):
        named = {"customer_id": f"content-{number}", "decision_id": f"content-{number}"}
        answer = decide(shared_client, profile=profile, channels=["web"], **named)
        action = answer["actions"][0]
        assert (action["content"] is None) == (action["action"] == "nothing")
        if action["action"] == "teaser":
            assert action["content"]["title"] == "Hello <b>Ada</b>"
            return
    pytest.fail("the teaser was never drawn")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    decision_id=st.from_regex(r"[\w.~:@-]{1,20}(/[\w.~:@-]{1,20}){0,2}", fullmatch=True).filter(
        lambda text: not text.endswith(("/replay", "/explanation")) and ".." not in text and "/." not in text
        and "./" not in text and text != "." and not text.startswith("batch")
    ),
    repeats=st.integers(1, 3),
    deferred=st.booleans(),
    limit=st.integers(1, 3),
)  # fmt: skip
def test_the_same_id_and_body_give_the_same_answer_and_another_body_is_refused(
    shared_client: FlaskClient, decision_id: str, repeats: int, deferred: bool, limit: int
) -> None:
    """However often an e-mail tool fetches, it is one decision."""
    own = f"{decision_id}/{next(fresh)}"
    body = {**ASK, "decision_id": own, "deferred": deferred, "limit": limit}

    answers = [shared_client.post("/v1/decisions", json=body).data for _ in range(repeats + 1)]
    other = shared_client.post("/v1/decisions", json={**body, "limit": limit + 1})

    assert len(set(answers)) == 1
    assert shared_client.get(f"/v1/decisions/{own}").data == answers[0]
    assert (other.status_code, other.get_json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


def test_spelling_out_a_default_is_the_same_question(shared_client: FlaskClient) -> None:
    first = decide(shared_client, decision_id="spelled")

    assert decide(shared_client, decision_id="spelled", limit=1, exclude=[], phase=None) == first


def test_an_explanation_is_no_part_of_the_question(shared_client: FlaskClient) -> None:
    plain = decide(shared_client, decision_id="explained")

    explained = decide(shared_client, decision_id="explained", explain=True)

    assert {key: explained[key] for key in plain} == plain
    assert explained["explanation"]["candidates"]


def test_an_id_may_hold_a_slash_as_it_is_or_encoded(shared_client: FlaskClient) -> None:
    answer = decide(shared_client, decision_id="mail-77/c-1042")

    for address in ("mail-77/c-1042", "mail-77%2Fc-1042"):
        assert shared_client.get(f"/v1/decisions/{address}").get_json() == answer
        assert shared_client.get(f"/v1/decisions/{address}/explanation").status_code == 200
        assert shared_client.get(f"/v1/decisions/{address}/replay").get_json()["identical"] is True


def test_at_the_same_time_one_id_is_decided_once(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    moments = itertools.count()
    app = make_app(settings, clock=lambda: _later(next(moments)))
    app.test_client().get("/readyz")
    answers: list[bytes] = []

    def ask() -> None:
        answers.append(app.test_client().post("/v1/decisions", json={**ASK, "decision_id": "race"}).data)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1


def _later(seconds: int) -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime(2026, 11, 20, 12, 0, tzinfo=UTC) + timedelta(seconds=seconds)


def test_what_the_store_and_the_caller_know_is_put_together(client: FlaskClient) -> None:
    client.put("/v1/customers/c-1", json={"attributes": {"age": 17}, "consent": {"email": True}})
    client.post("/v1/interactions", json={"customer_id": "c-1", "touchpoint": "quote"})
    asked = {"customer_id": "c-1", "channels": ["email"], "explain": True, "context": {}}
    later = {**asked, "context": {"time": "2026-11-20T12:04:00Z"}}

    stored = client.post("/v1/decisions", json=later).get_json()
    told = client.post("/v1/explanations", json={**later, "profile": {"attributes": {"age": 18}}}).get_json()
    bought = [{"occurred_at": "2026-11-20T12:01:00Z", "touchpoint": "order"}]
    phase = client.post("/v1/explanations", json={**later, "interactions": bought}).get_json()["phase"]

    assert stored["phase"]["name"] == "interested"
    assert ("offer", "ADULTS_ONLY") in _dropped(stored)  # 17 years old, says the store
    assert ("offer", "ADULTS_ONLY") not in _dropped(told)  # the caller knows better
    assert phase["name"] == "customer"


def _dropped(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(drop["action"], drop["code"]) for drop in answer["explanation"]["drop_outs"]}


def test_an_interaction_that_is_stored_already_is_not_counted_twice(client: FlaskClient) -> None:
    visit = {"interaction_id": "i-1", "occurred_at": "2026-11-19T10:00:00Z", "touchpoint": "visit"}
    client.post("/v1/interactions", json={**visit, "customer_id": "c-1"})
    stored = client.post("/v1/explanations", json=ASK).get_json()

    told_again = client.post("/v1/explanations", json={**ASK, "interactions": [visit]}).get_json()
    told_another = client.post(
        "/v1/explanations", json={**ASK, "interactions": [{**visit, "interaction_id": "i-2"}]}
    ).get_json()

    assert _scores(told_again) == _scores(stored)
    assert _scores(told_another) != _scores(stored)


def _scores(answer: dict[str, Any]) -> list[float]:
    return [candidate["value"]["priority"] for candidate in answer["explanation"]["candidates"]]


def test_deferred_decisions_count_as_contacts_once_delivered(client: FlaskClient) -> None:
    """At most two e-mails in seven days: only delivered ones are e-mails."""
    journey = {"phase": "interested", "channels": ["email"], "exclude": ["teaser"]}
    sent: list[str] = []
    early = {"time": "2026-11-20T10:00:00Z"}
    for number in range(20):
        answer = decide(client, **journey, deferred=True, decision_id=f"m-{number}", context=early)
        if answer["actions"][0]["action"] == "offer":
            sent.append(answer["decision_id"])
    assert len(sent) > 2  # none was delivered, so no limit was reached

    for decision_id in sent[:2]:
        client.post("/v1/outcomes", json={"decision_id": decision_id, "outcome": "delivered",
                                          "occurred_at": "2026-11-20T11:00:00Z"})  # fmt: skip
    after = decide(client, **journey, explain=True)

    assert after["actions"][0]["action"] == "nothing"
    assert after["reason"] == "NOTHING_ELIGIBLE"


def test_replay_sees_what_the_decision_saw(client: FlaskClient) -> None:
    client.post("/v1/interactions", json={"customer_id": "c-1", "touchpoint": "visit",
                                          "occurred_at": "2026-11-19T10:00:00Z"})  # fmt: skip
    decide(client, decision_id="d", context={"locale": "en", "weights": {"sales": 3}})
    late = {"customer_id": "c-1", "touchpoint": "order", "occurred_at": "2026-11-18T10:00:00Z"}
    client.post("/v1/interactions", json=late)
    client.put("/v1/customers/c-1", json={"attributes": {"age": 90}})

    replay = client.get("/v1/decisions/d/replay").get_json()

    assert ReplayAnswer().load(replay)
    assert replay["identical"] is True
    assert decide(client)["phase"]["name"] == "customer"


def test_a_what_if_leaves_no_trace(client: FlaskClient) -> None:
    asked = {**ASK, "decision_id": "what-if", "profile": {"attributes": {"age": 30}}}

    assert client.post("/v1/explanations", json=asked).status_code == 200

    assert client.get("/v1/decisions/what-if").status_code == 404
    assert client.get("/v1/customers/c-1").status_code == 404


def test_a_batch_answers_in_order_and_a_wrong_one_costs_itself_alone(client: FlaskClient) -> None:
    asked = [{**ASK, "customer_id": f"c-{n}", "decision_id": f"b/{n}"} for n in range(20)]

    first = client.post("/v1/decisions/batch", json={"decisions": asked})
    again = client.post("/v1/decisions/batch", json={"decisions": list(reversed(asked))})
    wrong = [
        *({**one, "decision_id": f"x/{n}"} for n, one in enumerate(asked)),
        {"customer_id": "c", "phase": "x"},
    ]
    refused = client.post("/v1/decisions/batch", json={"decisions": wrong})

    answers = first.get_json()["decisions"]
    assert DecisionBatchAnswer().load(first.get_json())
    assert [answer["customer_id"] for answer in answers] == [f"c-{n}" for n in range(20)]
    assert again.get_json()["decisions"] == answers[::-1]
    assert DecisionBatchAnswer().load(refused.get_json())
    assert refused.get_json()["decisions"][20] is None
    (said,) = refused.get_json()["refused"]
    assert (said["index"], said["code"]) == (20, "UNKNOWN_PHASE")
    assert said["errors"][0]["field"] == "decisions[20].phase"
    assert client.get("/v1/decisions/x/0").status_code == 200


def test_a_batch_of_wrong_ones_alone_is_refused(client: FlaskClient) -> None:
    wrong = [{"customer_id": "c", "phase": "x"}, None, {"customer_id": "c", "profile": {"consent": 1}}]

    answer = client.post("/v1/decisions/batch", json={"decisions": wrong})

    assert answer.status_code == 422
    fields = {error["field"] for error in answer.get_json()["errors"]}
    assert fields == {"decisions[0].phase", "decisions[1]", "decisions[2].profile.consent"}


def test_one_id_for_two_questions_of_a_batch_is_the_first_ones(client: FlaskClient) -> None:
    asked = [
        {**ASK, "decision_id": "same"},
        {**ASK, "decision_id": "same", "limit": 2},
        {"customer_id": "c-2"},
    ]

    answer = client.post("/v1/decisions/batch", json={"decisions": asked}).get_json()

    assert [one is None for one in answer["decisions"]] == [False, True, False]
    assert [(one["index"], one["code"]) for one in answer["refused"]] == [(1, "IDEMPOTENCY_MISMATCH")]


def test_an_id_that_is_taken_costs_its_element_alone(client: FlaskClient) -> None:
    decide(client, decision_id="taken")

    asked = [{"customer_id": "c-2"}, {**ASK, "decision_id": "taken", "limit": 2}]
    answer = client.post("/v1/decisions/batch", json={"decisions": asked}).get_json()

    assert [(one["index"], one["code"]) for one in answer["refused"]] == [(1, "IDEMPOTENCY_MISMATCH")]
    assert len(client.get("/v1/customers/c-2").get_json()["decisions"]) == 1


def test_what_is_answered_is_there_for_another_process(
    client: FlaskClient, make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    answer = decide(client, decision_id="d")

    other = make_app(dataclasses.replace(settings)).test_client()

    assert other.get("/v1/decisions/d").get_json() == answer


def test_without_a_bundle_the_playbook_decides(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    client = make_app(playbook_settings).test_client()

    answer = decide(client, decision_id="p")

    assert (answer["bundle"], answer["degraded"]) == ("none", True)
    assert answer["reason"] in ("MODEL_UNAVAILABLE", "NOTHING_ELIGIBLE", "EXPLORATION")
    assert client.get("/v1/decisions/p/replay").get_json()["identical"] is True


@pytest.mark.parametrize(("first", "again", "same"), [(True, 1, False), (0, False, False), (1, 1.0, True)])
def test_true_is_another_question_than_one(
    client: FlaskClient, first: object, again: object, same: bool
) -> None:
    answers = [
        client.post("/v1/decisions", json={"customer_id": "c", "decision_id": "d", "context": {"x": value}})
        for value in (first, again)
    ]

    assert [answer.status_code for answer in answers] == [200, 200 if same else 422]
    assert same or answers[1].get_json()["code"] == "IDEMPOTENCY_MISMATCH"

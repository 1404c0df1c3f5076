"""Stored decisions: read, explained, worked out again, and refused where too little is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.made import decision_row
from nba_service.decisions.recorded import as_of_then
from nba_service.decisions.same_request import canonical_request
from nba_service.errors import Problem
from nba_service.services import Services
from nba_service.store.rows import DecisionRow

ASK: dict[str, Any] = {"customer_id": "ada", "phase": "customer", "channels": ("web",), "decision_id": "d-1"}


def decide(parts: Services, **changed: Any) -> dict[str, Any]:
    (made,) = parts.decisions.decide([DecisionCall(**{**ASK, **changed})])
    return made.answer


def row_of(parts: Services, decision_id: str = "d-1") -> DecisionRow:
    return parts.store.plain.decisions([decision_id])[decision_id]


def store(parts: Services, **changed: object) -> None:
    """A decision ``kept`` whose row is not as usual."""
    made = parts.decisions.hypothetical(DecisionCall(**{**ASK, "decision_id": "kept"}))
    parts.store.plain.add_decisions([replace(decision_row(made), **changed)], {})  # type: ignore[arg-type]


def test_what_was_answered_is_answered_again(parts: Services) -> None:
    decide(parts)

    found = parts.decisions.recorded.get("d-1")

    assert found.text == row_of(parts).answer
    assert found.answer["decision_id"] == "d-1"


def test_an_unknown_id_is_refused_with_what_to_do(parts: Services) -> None:
    recorded = parts.decisions.recorded

    for ask in (recorded.get, recorded.explain, recorded.recompute, recorded.replay):
        with pytest.raises(Problem, match=r"Expected the id of a stored decision, got 'nobody'") as raised:
            ask("nobody")
        assert (raised.value.kind, raised.value.status) == ("DECISION_UNKNOWN", 404)


def test_working_it_out_again_gives_the_same(parts: Services) -> None:
    answer = decide(parts)

    found = parts.decisions.recorded.replay("d-1")

    assert found["identical"] is True
    assert found["recorded"] == found["replayed"]
    assert found["recorded"]["actions"][0]["action"] == answer["actions"][0]["action"]
    assert parts.decisions.recorded.recompute("d-1").request.decision_id == "d-1"


def test_a_recorded_answer_that_differs_is_not_identical(parts: Services) -> None:
    made = parts.decisions.hypothetical(DecisionCall(**{**ASK, "decision_id": "kept"}))
    changed = orjson.dumps({**orjson.loads(made.to_json()), "currency": "USD"}).decode()
    store(parts, answer=changed)

    found = parts.decisions.recorded.replay("kept")

    assert found["identical"] is False
    assert (found["recorded"]["currency"], found["replayed"]["currency"]) == ("USD", "EUR")


def test_an_answer_of_before_it_said_what_blocked_is_identical(parts: Services) -> None:
    asked = {**ASK, "channels": ("email",), "decision_id": "kept"}
    made = parts.decisions.hypothetical(DecisionCall(**asked))
    old = orjson.loads(made.text)
    assert old.pop("blocked") == {"PHASE": 2}
    parts.store.plain.add_decisions([replace(decision_row(made), answer=orjson.dumps(old).decode())], {})

    assert parts.decisions.recorded.replay("kept")["identical"]


def test_what_was_degraded_then_is_so_when_it_is_worked_out_again(parts: Services) -> None:
    made = parts.decisions.hypothetical(DecisionCall(**{**ASK, "decision_id": "kept"}))
    told = orjson.loads(made.text)
    reasons = [*told["degraded_by"], "STORE_SLOW"]
    store(parts, answer=orjson.dumps({**told, "degraded_by": reasons}).decode())

    assert parts.decisions.recorded.replay("kept")["identical"] is True


@pytest.mark.parametrize("column", ["request", "state", "answer", "bundle"])
def test_a_decision_of_which_only_columns_are_kept_cannot_be_worked_out(parts: Services, column: str) -> None:
    store(parts, **{column: None})

    with pytest.raises(Problem, match="imported or erased") as raised:
        parts.decisions.recorded.replay("kept")
    assert (raised.value.kind, raised.value.status) == ("REPLAY_IMPOSSIBLE", 409)
    if column == "answer":
        with pytest.raises(Problem, match="only its columns are kept, `nba export` has them"):
            parts.decisions.recorded.get("kept")


def test_a_bundle_that_is_gone_is_said(parts: Services) -> None:
    store(parts, bundle="b-gone")

    with pytest.raises(Problem, match="Expected bundle 'b-gone'") as raised:
        parts.decisions.recorded.engine_and_request_of(row_of(parts, "kept"))
    assert raised.value.kind == "BUNDLE_GONE"


def test_reasons_are_given_again_only_if_they_are_asked_for(parts: Services) -> None:
    decide(parts)
    row, recorded = row_of(parts), parts.decisions.recorded

    plain = recorded.answer_again(row, DecisionCall(**ASK))
    explained = recorded.answer_again(row, DecisionCall(**ASK, explain=True))

    assert plain.explanation is None
    assert explained.explanation is not None
    assert explained.text == plain.text
    assert recorded.explain("d-1")[1].decision.decision_id == "d-1"


def test_an_id_that_is_taken_by_another_question_is_refused(parts: Services) -> None:
    decide(parts)
    recorded = parts.decisions.recorded

    assert [*recorded.under_ids_of([DecisionCall(**ASK), DecisionCall(customer_id="eve")])] == ["d-1"]
    with pytest.raises(Problem, match="the same request as before for decision_id 'd-1'") as raised:
        recorded.under_ids_of([DecisionCall(**{**ASK, "limit": 2})])
    assert (raised.value.kind, raised.value.status) == ("IDEMPOTENCY_MISMATCH", 422)


def test_one_batch_may_not_ask_two_questions_under_one_id(parts: Services) -> None:
    fresh, other = DecisionCall(**ASK), DecisionCall(**{**ASK, "limit": 2})
    recorded = parts.decisions.recorded

    assert recorded.under_ids_of([fresh, fresh]) == {}
    assert recorded.under_ids_of([]) == {}
    with pytest.raises(Problem, match="decision_id 'd-1'"):
        recorded.under_ids_of([fresh, other])


def test_an_erased_decision_answers_no_question(parts: Services) -> None:
    store(parts, request=None)

    with pytest.raises(Problem, match="decision_id 'kept'"):
        parts.decisions.recorded.check_same(
            {"kept": row_of(parts, "kept")}, {"kept": canonical_request(DecisionCall(**ASK))}
        )


def test_what_a_later_version_says_more_is_no_difference_and_what_it_lacks_is() -> None:
    then = {"phase": "trigger", "actions": [{"value": {"gain": 1.5}}], "refused": {}}
    now = {
        "phase": "trigger",
        "actions": [{"value": {"gain": 1.5, "low": 1.0}}],
        "refused": {},
        "blocked": {"A": 1},
    }

    assert as_of_then(then, now) == then
    for other in (
        {**now, "phase": "loyalty"},
        {**now, "actions": [{"value": {"gain": 1.25, "low": 1.0}}]},
        {**now, "actions": [{"value": {"low": 1.0}}]},
        {**now, "actions": []},
        {**now, "refused": {"A": 1}},
        {name: value for name, value in now.items() if name != "phase"},
    ):
        assert as_of_then(then, other) != then

"""A batch answers in order; what cannot be decided is named by its place."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest

from nba_service.api.decisions.batch import decide_batch
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.errors import FieldProblem, Problem
from nba_service.services import services_of
from nba_service.settings import Settings


@pytest.fixture
def decisions(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> Decisions:
    return services_of(make_app(playbook_settings)).decisions


def call(number: int, **changed: object) -> DecisionCall:
    usual = {"customer_id": f"c-{number}", "decision_id": f"d-{number}", "channels": ["web"]}
    return DecisionCall(**{**usual, **changed})  # type: ignore[arg-type]


def problems(decisions: Decisions, *calls: DecisionCall) -> list[FieldProblem]:
    with pytest.raises(Problem) as raised:
        decide_batch(decisions, calls, None)
    return list(raised.value.errors)


def test_answers_come_in_the_order_of_the_calls(decisions: Decisions) -> None:
    answers = decide_batch(decisions, [call(2), call(1), call(3)], None)
    assert [one.answer["decision_id"] for one in answers] == ["d-2", "d-1", "d-3"]


def test_the_same_call_twice_has_one_answer(decisions: Decisions) -> None:
    first, again = decide_batch(decisions, [call(1), call(1)], None)
    assert first.answer == again.answer


def test_an_id_that_asks_two_things_is_named_where_it_comes_again(decisions: Decisions) -> None:
    (problem,) = problems(decisions, call(1), call(2), call(1, channels=["email"]))
    assert (problem.field, problem.code) == ("decisions[2].decision_id", "IDEMPOTENCY_MISMATCH")


def test_an_id_that_is_taken_is_named_by_its_place(decisions: Decisions) -> None:
    decide_batch(decisions, [call(1)], None)
    (problem,) = problems(decisions, call(2), call(1, channels=["email"]))
    assert (problem.field, problem.code) == ("decisions[1].decision_id", "IDEMPOTENCY_MISMATCH")


def test_a_name_that_nobody_knows_is_named_by_its_place(decisions: Decisions) -> None:
    found = problems(decisions, call(1), call(2, phase="nowhere"), call(3, channels=["pigeon"]))
    assert [problem.field.split(".")[0] for problem in found] == ["decisions[1]", "decisions[2]"]

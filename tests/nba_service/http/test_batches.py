"""Batches: what is wrong with one element costs that one."""

from __future__ import annotations

import pytest

from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.http.batches import Batch, Refused

WRONG = Refused((FieldProblem(field="value", code="FIELD_TYPE", detail="expected a number, got '5'."),))


def refuse(path: str) -> Problem:
    return problem_of_fields([FieldProblem(field=path, code="UNKNOWN_CHANNEL", detail="expected web.")])


def test_wrong_elements_are_named_and_the_rest_is_taken() -> None:
    taken = Batch("events", ("a", WRONG, "b")).take(lambda calls: [call.upper() for call in calls])

    assert (taken.result, taken.positions) == (["A", "B"], (0, 2))
    assert taken.in_order(taken.result) == ["A", None, "B"]
    (refused,) = taken.refused
    assert (refused["index"], refused["code"]) == (1, "FIELD_TYPE")
    assert refused["detail"] == "events[1].value: expected a number, got '5'."


def test_what_the_work_refuses_is_left_out_and_the_work_is_done_again() -> None:
    """Places are those of the request, whatever was left out before."""
    asked: list[list[str]] = []

    def work(calls: list[str]) -> int:
        asked.append(calls)
        if "bad" in calls:
            raise refuse(f"events[{calls.index('bad')}].channel")
        return len(calls)

    taken = Batch("events", (WRONG, "good", "bad")).take(work)

    assert asked == [["good", "bad"], ["good"]]
    assert (taken.result, [one["index"] for one in taken.refused]) == (1, [0, 2])
    assert taken.refused[1]["errors"] == [
        {"field": "events[2].channel", "code": "UNKNOWN_CHANNEL", "detail": "expected web."}
    ]


def test_a_batch_of_wrong_elements_is_a_problem() -> None:
    with pytest.raises(Problem) as caught:
        Batch("events", (WRONG, WRONG)).take(len)
    assert [error.field for error in caught.value.errors] == ["events[0].value", "events[1].value"]


def test_an_element_alone_has_no_place() -> None:
    with pytest.raises(Problem) as caught:
        Batch("events", (WRONG,), alone=True).take(len)
    assert [error.field for error in caught.value.errors] == ["value"]


@pytest.mark.parametrize("path", ["customer_id", "others[0].channel"])
def test_what_is_wrong_with_the_whole_refuses_the_whole(path: str) -> None:
    def work(_: list[str]) -> int:
        raise refuse(path)

    with pytest.raises(Problem, match="expected web"):
        Batch("events", ("a", "b")).take(work)

"""Decisions with the store: stored before they are answered, made anew where others were faster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.past import NO_PAST
from nba_service.decisions.attempt import Attempt, GivenUp
from nba_service.decisions.calls import DecisionCall, InteractionCall
from nba_service.decisions.made import AnsweredDecision, StoredDecision
from nba_service.decisions.with_store import DecisionsWithStore, _first_of_each, _lacks
from nba_service.errors import Problem
from nba_service.services import Services
from nba_service.store.rows import StoredState
from tests.nba_service.conftest import NOW

CALL = DecisionCall(customer_id="ada", phase="customer", channels=("web",), decision_id="d-1")


@pytest.fixture
def with_store(parts: Services) -> DecisionsWithStore:
    return parts.decisions._with_store


def decide(
    parts: Services, with_store: DecisionsWithStore, *calls: DecisionCall, attempt: Attempt | None = None
) -> list[AnsweredDecision]:
    serving = [parts.source.current()] * len(calls)
    return with_store.decide(serving, calls, attempt or Attempt(len(calls)), 30.0)


def stored(parts: Services, *ids: str) -> list[str]:
    return sorted(parts.store.plain.decisions(list(ids)))


def test_what_is_answered_was_stored_and_is_settled(parts: Services, with_store: DecisionsWithStore) -> None:
    attempt = Attempt(2)

    found = decide(
        parts, with_store, CALL, replace(CALL, customer_id="eve", decision_id="d-2"), attempt=attempt
    )

    assert [one.answer["decision_id"] for one in found] == ["d-1", "d-2"]
    assert stored(parts, "d-1", "d-2") == ["d-1", "d-2"]
    assert attempt.give_up() == ({0, 1}, frozenset())


def test_a_stored_decision_is_answered_as_it_was(parts: Services, with_store: DecisionsWithStore) -> None:
    (first,) = decide(parts, with_store, CALL)

    (again,) = decide(parts, with_store, CALL)

    assert isinstance(again, StoredDecision)
    assert again.to_json() == first.to_json()


def test_two_calls_of_one_batch_under_one_id_are_one_decision(
    parts: Services, with_store: DecisionsWithStore
) -> None:
    first, second = decide(parts, with_store, CALL, CALL)

    assert first.to_json() == second.to_json()


def test_another_question_under_a_stored_id_is_refused(
    parts: Services, with_store: DecisionsWithStore
) -> None:
    decide(parts, with_store, CALL)

    with pytest.raises(Problem) as raised:
        decide(parts, with_store, replace(CALL, limit=2))
    assert raised.value.kind == "IDEMPOTENCY_MISMATCH"


def test_decisions_of_one_batch_about_one_person_see_each_other(
    parts: Services, with_store: DecisionsWithStore
) -> None:
    """The teaser repeats after three days: the second call finds the first one's contact."""
    calls = [DecisionCall(customer_id="eve", channels=("web",), decision_id=f"t-{n}") for n in range(8)]

    shown = [one.answer["actions"][0]["action"] for one in decide(parts, with_store, *calls)]

    assert shown.count("teaser") == 1


def test_after_the_request_was_answered_nothing_is_stored(
    parts: Services, with_store: DecisionsWithStore
) -> None:
    attempt = Attempt(1)
    attempt.give_up()

    with pytest.raises(GivenUp):
        decide(parts, with_store, CALL, attempt=attempt)
    assert stored(parts, "d-1") == []


def test_a_decision_that_is_only_made_is_not_stored(parts: Services, with_store: DecisionsWithStore) -> None:
    made = with_store.maker.make(parts.source.current(), replace(CALL, decision_id=None))

    assert (made.request.decision_id, made.request.decided_at) == ("id-1", NOW)
    assert stored(parts, "id-1") == []


def test_the_first_pending_call_of_every_customer_has_its_turn() -> None:
    calls = [DecisionCall(customer_id=name) for name in ("a", "b", "a", "c", "b")]

    assert _first_of_each(calls, range(5)) == {0, 1, 3}
    assert _first_of_each(calls, [2, 4]) == {2, 4}
    assert _first_of_each(calls, []) == set()


@pytest.mark.parametrize(
    ("unkept", "stated", "read", "lacks"),
    [
        ({"note"}, {}, {"note"}, True),
        ({"note"}, {}, {"score"}, False),
        ({"note"}, {}, {"*"}, True),
        ({"*"}, {}, {"score"}, True),
        (set(), {"note": "x" * 99}, {"note"}, True),
        ({"note"}, {}, set(), False),
    ],
)
def test_rows_are_read_where_a_past_keeps_the_names_alone(
    unkept: set[str], stated: dict[str, object], read: set[str], lacks: bool
) -> None:
    past = replace(NO_PAST, unkept=frozenset(unkept))
    state = StoredState(customer=None, events=(), version=1, past=past)
    told = InteractionCall(touchpoint="visit", properties=stated)
    assert _lacks(state, replace(CALL, interactions=(told,)), frozenset(read)) is lacks

"""Decisions without the store: from the calls alone, marked, and kept in the journal."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from nba_service.content.facts import FactBook
from nba_service.decisions.attempt import Attempt
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import AnsweredDecision, MadeDecision, decision_row
from nba_service.decisions.without_store import DecisionsWithoutStore
from nba_service.engine.serving import Serving
from nba_service.resilience.records import Record, read_record
from nba_service.services import Services
from tests.nba_service.conftest import NOW

OURS = DecisionCall(customer_id="ada", phase="customer", channels=("web",), decision_id="d-1")
BY_MAIL = DecisionCall(customer_id="ada", phase="interested", channels=("email",), decision_id="m-1")


@pytest.fixture
def without_store(parts: Services) -> DecisionsWithoutStore:
    ids = itertools.count(1)
    return DecisionsWithoutStore(
        store=parts.store,
        clock=lambda: NOW,
        make_id=lambda: f"own-{next(ids)}",
        facts=FactBook.of([]),
        counts=parts.decisions.counts,
    )


def finish(
    parts: Services,
    without_store: DecisionsWithoutStore,
    calls: Sequence[DecisionCall],
    attempt: Attempt | None = None,
    serving: Serving | None = None,
) -> list[AnsweredDecision]:
    decides = [serving or parts.source.current()] * len(calls)
    return without_store.finish(decides, calls, attempt or Attempt(len(calls)), Degraded.STORE_SLOW)


def journal(parts: Services) -> list[Record]:
    return [read_record(entry.payload) for entry in parts.store.journal.entries() if entry.payload]


def attempted(parts: Services, *calls: DecisionCall) -> Attempt:
    attempt: Attempt = Attempt(len(calls))
    attempt.made[:] = [parts.decisions.hypothetical(call) for call in calls]
    return attempt


def test_a_decision_is_made_from_the_call_marked_and_journalled(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    (answer,) = finish(parts, without_store, [OURS])

    assert isinstance(answer, MadeDecision)
    assert answer.answer["decision_id"] == "d-1"
    assert answer.answer["degraded_by"] == ["MODEL_UNAVAILABLE", "STORE_SLOW"]
    (record,) = journal(parts)
    (row,) = record.rows
    assert row.journaled_at > 0
    assert (record.kind, replace(row, journaled_at=0)) == ("decisions", decision_row(answer))


def test_a_call_without_an_id_gets_one(parts: Services, without_store: DecisionsWithoutStore) -> None:
    calls = [DecisionCall(customer_id="ada"), DecisionCall(customer_id="eve")]

    finished = finish(parts, without_store, calls)

    assert [one.answer["decision_id"] for one in finished] == ["own-1", "own-2"]


def test_what_something_stored_could_forbid_is_withheld(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    """Whether the customer has had two e-mails this week, or took the consent back, only the store knows."""
    (made,) = finish(parts, without_store, [BY_MAIL])

    assert isinstance(made, MadeDecision)

    assert "offer@email" in made.request.withheld
    assert [one.action for one in made.decision.actions] == ["nothing"]


def test_what_is_settled_stays_as_it_was_decided(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    attempt = attempted(parts, OURS, BY_MAIL)
    attempt.begin([0])
    attempt.settle([0])

    finished = finish(parts, without_store, [OURS, BY_MAIL], attempt)

    assert finished[0] is attempt.made[0]
    assert "STORE_SLOW" in finished[1].answer["degraded_by"]
    assert [row.decision_id for record in journal(parts) for row in record.rows] == ["m-1"]


def test_a_settled_decision_whose_reasons_were_asked_for_says_that_they_are_missing(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    asked = DecisionCall(customer_id="ada", phase="customer", decision_id="d-1", explain=True)
    attempt = attempted(parts, asked)
    attempt.begin([0])
    attempt.settle([0])

    (answer,) = finish(parts, without_store, [asked], attempt)

    assert answer.answer["degraded_by"] == ["MODEL_UNAVAILABLE", "TOO_LATE"]
    assert answer.explanation is None


def test_what_may_still_be_stored_otherwise_is_journalled_as_a_correction(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    attempt = attempted(parts, OURS, BY_MAIL)
    attempt.begin([1])

    finish(parts, without_store, [OURS, BY_MAIL], attempt)

    kinds = {row.decision_id: record.kind for record in journal(parts) for row in record.rows}
    assert kinds == {"d-1": "decisions", "m-1": "corrections"}


def test_what_is_answered_counts_although_another_one_is_stored_under_the_id(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    attempt = attempted(parts, OURS)
    assert attempt.made[0] is not None
    attempt.stored["d-1"] = decision_row(attempt.made[0])
    attempt.begin([0])
    attempt.settle([0])

    (answer,) = finish(parts, without_store, [OURS], attempt)

    assert "STORE_SLOW" in answer.answer["degraded_by"]


def test_what_was_made_is_counted(parts: Services, without_store: DecisionsWithoutStore) -> None:
    before = parts.telemetry.metrics.scraped()

    finish(parts, without_store, [OURS])

    assert b'nba_degraded_total{reason="STORE_SLOW"}' not in before
    assert b'nba_degraded_total{reason="STORE_SLOW"} 1.0' in parts.telemetry.metrics.scraped()


def test_a_copied_bundle_is_said_too(parts: Services, without_store: DecisionsWithoutStore) -> None:
    copied = replace(parts.source.current(), copied=True)

    (answer,) = finish(parts, without_store, [OURS], serving=copied)

    assert answer.answer["degraded_by"] == ["MODEL_UNAVAILABLE", "REGISTRY_UNAVAILABLE", "STORE_SLOW"]


def test_where_the_journal_cannot_be_written_either_the_answer_says_so(
    parts: Services, without_store: DecisionsWithoutStore
) -> None:
    parts.store.journal.directory.parent.mkdir(parents=True, exist_ok=True)
    parts.store.journal.directory.write_text("a file where the folder should be")

    with capture_logs() as logs:
        finished = finish(parts, without_store, [OURS, BY_MAIL])

    reasons: list[Any] = [one.answer["degraded_by"] for one in finished]
    assert all(one[-1] == "NOT_RECORDED" for one in reasons)
    assert logs[-1]["event"] == "decisions_not_recorded"

"""A made decision: its answer, with reasons if they were asked for, and the row that keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from models.domain.history import to_ms
from nba_service.content.facts import FactBook
from nba_service.decisions.calls import DecisionCall, Profile, TakenCall
from nba_service.decisions.made import MadeDecision, StoredDecision, claim, contacts, decision_row
from nba_service.decisions.render import decide_and_render
from nba_service.decisions.request_builder import build_request, decode_state
from nba_service.engine.serving import Serving
from nba_service.store.rows import StoredState

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY_MS = 86_400_000


@pytest.fixture
def make(playbook_serving: Serving):  # type: ignore[no-untyped-def]
    """``make(**fields)``: a decision of a call with these fields."""

    def decide(**fields: Any) -> MadeDecision:
        call = DecisionCall(**{"customer_id": "ada", "phase": "customer", **fields})
        state = StoredState(customer=None, events=(), version=3)
        request = build_request(playbook_serving.names, call, state, decision_id="d-1", decided_at=NOW)
        return decide_and_render(playbook_serving, call, request, FactBook.of([]), version=3)

    return decide


def test_reasons_are_there_only_if_the_call_asks_for_them(make) -> None:  # type: ignore[no-untyped-def]
    plain, asked = make(), make(explain=True)

    assert plain.explain() is plain
    assert "explanation" not in plain.explained()
    explained = asked.explain().explained()
    assert [*explained] == [*asked.answer, "explanation"]
    assert {one["code"] for one in explained["explanation"]["drop_outs"]} >= {"PHASE"}


def test_json_is_what_is_explained(make) -> None:  # type: ignore[no-untyped-def]
    made = make(explain=True).explain()

    told = orjson.loads(made.to_json())

    assert [*told] == [*made.explained()]
    assert (told["decision_id"], told["decided_at"]) == ("d-1", "2026-11-20T12:00:00Z")


def test_a_stored_answer_is_given_again_byte_for_byte(make) -> None:  # type: ignore[no-untyped-def]
    made = make()

    stored = StoredDecision(made.text.decode())

    assert stored.to_json() == made.to_json()
    assert stored.answer == orjson.loads(made.text)
    assert stored.explained() == stored.answer


def test_a_stored_answer_may_get_its_reasons_later() -> None:
    stored = StoredDecision('{"decision_id":"d","actions":[]}', {"drop_outs": []})

    assert stored.to_json() == b'{"decision_id":"d","actions":[],"explanation":{"drop_outs":[]}}'


def test_the_row_keeps_what_training_and_replay_need(make) -> None:  # type: ignore[no-untyped-def]
    made = make(
        channels=("web",), profile=Profile(attributes={"age": 40}), context={"device": "phone"}, limit=1
    )
    first = made.decision.actions[0]

    row = decision_row(made)

    assert (row.decision_id, row.customer_id, row.phase) == ("d-1", "ada", "customer")
    assert (row.decided_at, row.delivered_at, row.deliver_by) == (to_ms(NOW), to_ms(NOW), None)
    assert (row.action, row.channel, row.action_probability) == (
        first.action,
        first.channel,
        first.action_probability,
    )
    assert (row.context, row.bundle, row.updates) == ('{"device":"phone"}', "none", None)
    assert row.answer == made.text.decode()
    assert orjson.loads(row.request or "") == {
        "customer_id": "ada", "phase": "customer", "channels": ["web"],
        "profile": {"attributes": {"age": 40}}, "context": {"device": "phone"},
    }  # fmt: skip
    assert decode_state(made.call, row.state or b"", decision_id="d-1", decided_at=NOW) == made.request
    candidates = orjson.loads(row.candidates or "")
    assert sum(one["action_probability"] for one in candidates) == pytest.approx(1.0)
    assert row.propensity == pytest.approx(first.propensity.value)


def test_a_deferred_decision_is_not_delivered_and_has_a_last_day(make) -> None:  # type: ignore[no-untyped-def]
    made = make(deferred=True)
    days = made.serving.journey.delivery_window_days

    row = decision_row(made)

    assert row.delivered_at is None
    assert row.deliver_by == to_ms(NOW) + round(days * DAY_MS)
    assert days > 0


def test_no_context_is_no_text(make) -> None:  # type: ignore[no-untyped-def]
    assert decision_row(make()).context is None


def test_contacts_are_all_treatments_but_doing_nothing(make) -> None:  # type: ignore[no-untyped-def]
    several = make(phase="interested", limit=3, channels=("web",), profile=Profile(consent={"email": True}))
    nothing = make(channels=("email",))

    assert contacts(several) == tuple(
        (one.action, one.channel) for one in several.decision.actions if one.action != "nothing"
    )
    assert [one.action for one in nothing.decision.actions] == ["nothing"]
    assert contacts(nothing) == decision_row(nothing).contacts == ()


def test_it_may_be_stored_only_while_the_person_is_as_it_was_read(make) -> None:  # type: ignore[no-untyped-def]
    found = claim(make())

    assert (found.version, found.seats) == (3, ())


def test_what_a_caller_did_is_the_row_and_ours_stands_next_to_it(make) -> None:  # type: ignore[no-untyped-def]
    """In no arm and by no policy of ours: nobody learns from it that we chose it, or with what chance."""
    made = make(taken=TakenCall(action="offer", channel="email", probability=0.5))
    row, ours = decision_row(made), made.decision.actions[0]

    assert (row.action, row.channel, row.action_probability) == ("offer", "email", 0.5)
    assert (row.contacts, row.arm, row.policy, row.propensity) == ((("offer", "email"),), None, None, None)
    assert orjson.loads(row.taken or "") == {
        "action": ours.action,
        "channel": ours.channel,
        "arm": made.decision.arm,
        "probability": None,  # an offer is not for this phase
    }
    assert {"action": "offer", "channel": "email"} in orjson.loads(row.candidates or "")
    assert made.answer["taken"] == {"action": "offer", "channel": "email"}


def test_a_caller_who_did_nothing_contacted_nobody(make) -> None:  # type: ignore[no-untyped-def]
    made = make(taken=TakenCall(action="nothing"))

    assert (contacts(made), claim(made).seats) == ((), ())
    assert orjson.loads(decision_row(made).taken or "")["probability"] == 0.0  # the playbook would act

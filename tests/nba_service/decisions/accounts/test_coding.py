"""Accounts come back from the log as they were."""

from __future__ import annotations

from datetime import UTC, datetime

from models.domain.account import AccountContact, AccountState, Offer, RoleEvents
from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.request_builder import decode_state, encode_state

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)


def test_an_account_comes_back_as_it_was() -> None:
    account = AccountState(
        account_id="acme",
        role="decider",
        attributes={"employees": 120.5},
        people={"": 1, "user": 2},
        seen={"visit": {"user": RoleEvents(2, 5, 1_700_000_000_000)}},
        acted={"offer": 3},
        contacts=(AccountContact(1_700_000_000_001, None, "email"),),
        offers=(Offer("user", "offer", "email", 0.1 + 0.2, 0.75), Offer("", "nothing", None, 0.0, 0.25)),
        probability=0.75,
    )
    request = DecisionRequest(
        decision_id="d", customer=Customer(customer_id="ada"), decided_at=NOW, account=account
    )

    call = DecisionCall(account_id="acme")
    back = decode_state(call, encode_state(request), decision_id="d", decided_at=NOW)

    assert back == request


def test_a_customer_without_an_account_has_none_in_the_log() -> None:
    request = DecisionRequest(decision_id="d", customer=Customer(customer_id="ada"), decided_at=NOW)

    assert b"account" not in encode_state(request)

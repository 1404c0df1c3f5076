"""What was known of a customer comes back from the log as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer, Interaction, Kind
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.request_builder import decode_state, encode_state

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)


@pytest.mark.parametrize("events", [0, 3, 300])
def test_a_frozen_state_comes_back_however_long_it_is(events: int) -> None:
    past = tuple(
        Interaction(
            occurred_at=NOW - timedelta(hours=number, milliseconds=number),
            channel="website",
            touchpoint="page_view",
            kind=Kind(number % 3),
            value=number / 4,
            properties={"page": number} if number % 2 else {},
        )
        for number in range(events, 0, -1)
    )
    customer = Customer(
        customer_id="ada", attributes={"roof": 64}, consent={"email": True}, locale="de-AT", time_zone=None
    )
    request = DecisionRequest(
        decision_id="d", customer=customer, decided_at=NOW, interactions=past,
        ahead=past[:1], rooms={"phone": 3}, withheld=("teaser",),
    )  # fmt: skip

    kept = encode_state(request)

    assert decode_state(DecisionCall(customer_id="alias"), kept, decision_id="d", decided_at=NOW) == request
    assert len(kept) < 4_096 + 20 * events


def test_states_that_were_kept_compressed_are_read_too() -> None:
    """As all were until now."""
    import zlib

    customer = Customer(customer_id="ada", attributes={}, consent={})
    request = DecisionRequest(decision_id="d", customer=customer, decided_at=NOW)
    before = zlib.compress(encode_state(request), 1)

    assert decode_state(DecisionCall(customer_id="ada"), before, decision_id="d", decided_at=NOW) == request

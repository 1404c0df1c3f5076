"""A request holds the past that the tables tell, and one id a customer and run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from models.domain.interaction import Kind
from models.domain.journey import Journey
from training.batch.requests import Mailing, positions_of, requests_of, with_past
from training.data.encode import encode

MAILING = Mailing(run_id="mail-7", channel="email", decided_at=datetime(2026, 5, 1, tzinfo=UTC))


def test_events_of_all_tables_are_in_the_past(
    make_tables: Callable[..., Any], tiny_journey: Journey, moment: Callable[[float], datetime]
) -> None:
    tables = make_tables(
        interactions=[
            {"interaction_id": "i", "customer_id": "a", "occurred_at": moment(1), "touchpoint": "visit"}
        ],
        decisions=[
            {
                "decision_id": "d", "customer_id": "a", "decided_at": moment(2), "action": "teaser",
                "channel": "email", "delivered_at": moment(2),
            }
        ],
    )  # fmt: skip

    log = encode(tables, tiny_journey)
    requests = requests_of(log, ["a", "z"], MAILING)
    known, stranger = (with_past(tiny_journey, log, request) for request in requests)

    assert positions_of(log, ["a", "z"]).tolist() == [0, -1]
    assert [(event.kind, event.touchpoint, event.action) for event in known.interactions] == [
        (Kind.TOUCHPOINT, "visit", None),
        (Kind.CONTACT, "contact", "teaser"),
    ]
    assert (known.decision_id, known.channels) == ("mail-7/a", ("email",))
    assert stranger.interactions == ()

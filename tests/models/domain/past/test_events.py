"""An interaction is an event that counts once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.domain.interaction import Interaction, Kind
from models.domain.past import PastEvent, Sort, event_of, key_of
from models.errors import HistoryError

ORDER = Interaction(
    occurred_at=datetime(1970, 1, 2, tzinfo=UTC),
    channel="shop",
    touchpoint="order",
    value=19.99,
    phase="customer",
)


def test_an_interaction_becomes_an_event() -> None:
    sort = Sort(0, "order", "shop", None, "customer")
    assert event_of(ORDER, "i") == PastEvent(86_400_000, sort, 1_999, key_of(0, "i"))
    assert event_of(replace(ORDER, kind=Kind.CONTACT), "i").key != key_of(0, "i")
    assert event_of(replace(ORDER, properties={"a": 1}), "i").detail.text == '{"a":1}'


def test_what_is_no_amount_or_has_no_zone_is_refused() -> None:
    with pytest.raises(HistoryError, match="'order' at 1970-01-02"):
        event_of(replace(ORDER, value=float("nan")), "i")
    with pytest.raises(HistoryError, match="no time zone"):
        event_of(replace(ORDER, occurred_at=datetime(2026, 1, 1)), "i")  # noqa: DTZ001

"""Rows as events: an action that is doing nothing is none, and a slate is as many contacts."""

from __future__ import annotations

import pytest

from models.domain.past import PastEvent, Sort, key_of
from models.domain.past.details import Detail
from models.errors import HistoryError
from nba_service.store.states.events import events_of_columns, of_decision, of_interaction


def test_rows_of_a_query_are_events() -> None:
    rows = [
        ("interaction", 5, "order", "shop", None, "customer", 19.99, '{"a":1}', "i"),
        ("decision", 6, "contact", None, None, None, None, '[["guide","email"],["offer","web"]]', "d"),
        ("outcome", 7, "clicked", "email", "nothing", None, None, None, "o"),
    ]
    assert list(events_of_columns(rows)) == [
        PastEvent(5, Sort(0, "order", "shop", None, "customer"), 1_999, key_of(0, "i"), Detail('{"a":1}')),
        PastEvent(6, Sort(1, "contact", "email", "guide"), 0, key_of(1, "d", 0)),
        PastEvent(6, Sort(1, "contact", "web", "offer"), 0, key_of(1, "d", 1)),
        PastEvent(7, Sort(2, "clicked", "email"), 0, key_of(2, "o")),
    ]
    assert list(of_decision("d", 6, "[]")) == []


def test_what_is_no_amount_is_refused_by_its_row() -> None:
    with pytest.raises(HistoryError, match="'i'"):
        of_interaction("i", 5, "order", None, None, None, 1e300, None)

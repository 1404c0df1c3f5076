"""What is old goes, and nothing that something open still needs; on both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.store.lifetime import retention
from nba_service.store.rows import (
    LAST_DELIVERED,
    CustomerRow,
    DecisionRow,
    InteractionRow,
    OutcomeRow,
)
from nba_service.store.sql_store import SqlStore

NOW, BEFORE = 10_000, 5_000
FAR = 10**15


def decision(key: str, at: int, *, deliver_by: int | None = None, customer: str = "c") -> DecisionRow:
    """Deferred, if it has to be delivered by some time."""
    return DecisionRow(
        decision_id=key, customer_id=customer, decided_at=at, delivered_at=at if deliver_by is None else None,
        action="guide", channel="email", action_probability=0.5, contacts=(("guide", "email"),), context=None,
        candidates=None, bundle="b", policy="p", arm="t", request="{}", answer="{}", state=b"",
        deliver_by=deliver_by,
    )  # fmt: skip


def visit(key: str, at: int) -> InteractionRow:
    return InteractionRow(interaction_id=key, customer_id="c", occurred_at=at, touchpoint="visit")


def outcome(key: str, of: str, at: int, customer: str | None = None) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=key, decision_id=of, outcome="clicked", occurred_at=at, customer_id=customer,
        action="guide" if customer else None, channel="email" if customer else None,
        window_ms=1 if customer else None, attribution=LAST_DELIVERED if customer else None,
    )  # fmt: skip


def left(store: SqlStore) -> set[str]:
    """The ids of all rows that are still there."""
    found = {row["interaction_id"] for row in store.scan("interactions", "", 1_000)}
    found |= {row["decision_id"] for row in store.scan("decisions", "", 1_000)}
    found |= {row["outcome_id"] for row in store.scan("outcomes", "", 1_000)}
    return found | {f"loose {key}" for key in store.unattributed(["old", "new"])}


def test_old_rows_go_and_open_ones_stay(store: SqlStore) -> None:
    store.put_customers([CustomerRow(customer_id="c")])
    store.add_interactions([visit("i-old", 4_999), visit("i-new", 5_000)])
    store.add_decisions(
        [
            decision("d-old", 4_000),
            decision("d-new", 5_000),
            decision("d-waiting", 4_000, deliver_by=NOW),
            decision("d-closed", 4_000, deliver_by=NOW - 1),
            decision("d-late", 4_000, deliver_by=4_500),
        ]
    )
    store.add_outcomes(
        [
            outcome("o-old", "d-old", 4_500),
            outcome("o-new", "d-new", 6_000),
            outcome("o-late", "d-late", 7_000),
            outcome("o-orphan", "d-never", 4_000),
            outcome("o-early", "d-soon", 9_000),
            outcome("old", "", 4_000, customer="x"),
            outcome("new", "", 9_000, customer="x"),
        ]
    )
    expected = {"interactions": 1, "decisions": 2, "outcomes": 3}
    assert store.old_rows(BEFORE, NOW) == {**expected, "kept_open": 2}

    assert store.forget_old(BEFORE, NOW) == expected

    assert left(store) == {
        "i-new", "d-new", "d-waiting", "d-late", "o-new", "o-late", "o-early", "loose new"}  # fmt: skip
    assert store.customer("c") is not None
    assert store.old_rows(BEFORE, NOW) == {**dict.fromkeys(expected, 0), "kept_open": 2}
    assert store.forget_old(BEFORE, NOW) == dict.fromkeys(expected, 0)


def test_it_goes_in_portions(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 3)
    store.add_interactions([visit(f"i{n}", n) for n in range(20)])

    assert store.forget_old(13, NOW)["interactions"] == 13
    assert len(store.scan("interactions", "", 100)) == 7


def test_an_export_is_remembered(store: SqlStore) -> None:
    assert store.exported_at() is None
    store.note_export(5)
    store.note_export(7)
    assert store.exported_at() == 7


moments = st.integers(0, 9_999)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(
    visits=st.lists(moments, max_size=5),
    decided=st.lists(moments, max_size=5),
    answers=st.lists(st.tuples(st.integers(0, 4), moments), max_size=5),
    before=moments,
)
def test_what_happened_since_is_what_it_was(
    store: SqlStore, visits: list[int], decided: list[int], answers: list[tuple[int, int]], before: int
) -> None:
    """A customer's state from the moment on does not change, whatever is forgotten."""
    store.forget_old(FAR, FAR)
    store.add_interactions([visit(f"i{n}", at) for n, at in enumerate(visits)])
    store.add_decisions([decision(f"d{n}", at) for n, at in enumerate(decided)])
    store.add_outcomes([outcome(f"o{n}", f"d{of}", at) for n, (of, at) in enumerate(answers)])

    def since() -> list[object]:
        return [event for event in store.state("c", FAR, 100).events if event.occurred_at >= before]

    kept = since()
    store.forget_old(before, NOW)
    assert since() == kept

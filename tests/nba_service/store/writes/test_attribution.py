"""Outcomes that name no decision belong to the last one that was delivered, in whatever order they come."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.store.rows import LAST_DELIVERED, DecisionRow, OutcomeRow
from nba_service.store.sql_store import SqlStore

FAR = 10**15


def decision(
    key: str,
    at: int,
    *,
    customer: str = "c",
    action: str = "guide",
    channel: str = "email",
    deferred: bool = False,
) -> DecisionRow:
    return DecisionRow(
        decision_id=key, customer_id=customer, decided_at=at, delivered_at=None if deferred else at,
        action=action, channel=channel, action_probability=0.5, contacts=((action, channel),),
        context=None, candidates=None, bundle="b", policy="p", arm="t", request="{}", answer="{}", state=b"",
    )  # fmt: skip


def loose(key: str, at: int, *, customer: str = "c", action: str = "guide", window: int = 50) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=key, decision_id="", outcome="clicked", occurred_at=at, customer_id=customer,
        action=action, channel="email", window_ms=window, attribution=LAST_DELIVERED,
    )  # fmt: skip


def named(key: str, of: str, at: int, outcome: str = "delivered") -> OutcomeRow:
    return OutcomeRow(outcome_id=key, decision_id=of, outcome=outcome, occurred_at=at)


def owners(store: SqlStore) -> dict[str, str]:
    """Which decision each exported outcome belongs to."""
    return {row["outcome_id"]: row["decision_id"] for row in store.scan("outcomes", "", 100)}


def test_it_belongs_to_the_last_one_delivered_before_it_within_the_window(store: SqlStore) -> None:
    store.add_decisions([decision("d1", 100), decision("d2", 120), decision("d3", 150)])
    store.add_outcomes(
        [loose("a", 119), loose("b", 140), loose("c", 200), loose("late", 201), loose("e", 99)]
    )

    assert owners(store) == {"a": "d1", "b": "d2", "c": "d3"}
    assert store.unattributed(["a", "late", "e", "never"]) == {"late", "e"}


def test_another_customer_action_or_channel_is_not_meant(store: SqlStore) -> None:
    store.add_decisions(
        [
            decision("other", 100, customer="x"),
            decision("action", 100, action="offer"),
            decision("channel", 100, channel="web"),
        ]
    )
    store.add_outcomes([loose("o", 110)])

    assert owners(store) == {}


def test_a_decision_that_was_not_delivered_is_not_meant(store: SqlStore) -> None:
    store.add_decisions([decision("sent", 100), decision("waiting", 110, deferred=True)])
    store.add_outcomes([loose("o", 120)])
    assert owners(store) == {"o": "sent"}

    store.add_outcomes([named("delivery", "waiting", 115)])
    assert store.settle_outcomes() == 1
    assert owners(store) == {"o": "waiting"}


def test_what_was_only_attributed_does_not_say_that_a_deferred_decision_was_delivered(
    store: SqlStore,
) -> None:
    """Else it would belong to the decision because it belongs to it."""
    store.add_decisions([decision("waiting", 100, deferred=True)])
    store.add_outcomes([loose("o", 110), named("delivery", "waiting", 120)])
    store.settle_outcomes()

    assert owners(store) == {}
    assert [event.occurred_at for event in store.state("c", FAR, 10).events] == [120]


def test_it_is_an_event_of_the_customer_and_marked(store: SqlStore) -> None:
    store.add_decisions([decision("d", 100)])
    store.add_outcomes([loose("o", 110)])

    event = store.state("c", FAR, 10).events[-1]
    assert (event.source, event.name, event.action, event.channel) == ("outcome", "clicked", "guide", "email")
    (row,) = store.scan("outcomes", "", 10)
    assert row["attribution"] == LAST_DELIVERED
    assert [row.attribution for row in store.outcomes_of(["d"])] == [LAST_DELIVERED]


def test_a_repeat_is_known_even_when_it_belongs_to_another_decision_by_now(store: SqlStore) -> None:
    store.add_outcomes([loose("o", 110)])
    store.add_decisions([decision("d", 100)])
    store.settle_outcomes()

    again = store.add_outcomes([loose("o", 110)])
    assert (again.new, again.known, again.conflicts) == (0, 1, ())
    assert store.add_outcomes([loose("o", 111)]).conflicts == ("o",)


def test_it_moves_with_a_merge_and_goes_with_an_erasure(store: SqlStore) -> None:
    ids = (f"id-{n}" for n in itertools.count())
    store.add_decisions([decision("d", 100, customer="known")])
    store.add_outcomes([loose("o", 110, customer="visitor"), loose("waiting", 500, customer="visitor")])
    assert owners(store) == {}

    store.merge("known", ["visitor"], at=1, ids=ids, profile=None)
    store.settle_outcomes()
    assert owners(store) == {"o": "d"}
    told = {row["outcome_id"] for row in store.records_of("known", 10)["outcomes"]}
    assert told == {"o", "waiting"}

    store.erase("visitor", ids)
    (left,) = store.scan("outcomes", "", 10)
    assert left["customer_id"] is None
    assert left["decision_id"].startswith("id-")
    assert store.unattributed(["waiting"]) == frozenset()


def test_many_are_settled_page_by_page(store: SqlStore, monkeypatch: Any) -> None:
    from nba_service.store.writes import attribution

    monkeypatch.setattr(attribution, "PAGE", 3)
    monkeypatch.setattr(attribution, "_PAGE", _with_limit(attribution._PAGE, 3))
    rows = [loose(f"o{n}", 110, customer=f"c{n % 4}") for n in range(10)]
    store.add_outcomes(rows)
    store.add_decisions([decision(f"d{n}", 100, customer=f"c{n}") for n in range(4)])

    assert store.settle_outcomes() == 10
    assert store.settle_outcomes() == 0
    assert set(owners(store).values()) == {"d0", "d1", "d2", "d3"}


def _with_limit(statement: Any, number: int) -> Any:
    import sqlalchemy as sa

    return sa.text(statement.text.replace("LIMIT 1000", f"LIMIT {number}"))


times = st.integers(100, 160)
facts = st.lists(
    st.one_of(
        st.tuples(st.just("decision"), times, st.booleans()),
        st.tuples(st.just("delivery"), times, st.integers(0, 3)),
        st.tuples(st.just("loose"), times, st.just(0)),
    ),
    min_size=2,
    max_size=7,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(facts=facts, data=st.data())
def test_the_order_of_arrival_does_not_change_what_belongs_to_what(
    store: SqlStore, facts: list[tuple[str, int, Any]], data: st.DataObject
) -> None:
    names = (f"gone-{n}" for n in itertools.count())
    orders = [list(range(len(facts))), data.draw(st.permutations(range(len(facts))))]
    found = []
    for turn, order in enumerate(orders):
        person = f"p{next(_turns)}"
        arrivals = _arrivals(store, person, facts)
        for index in order:
            arrivals[index]()
            if data.draw(st.booleans(), label=f"settle in between, {turn}"):
                store.settle_outcomes()
        store.settle_outcomes()
        found.append(
            {
                key.removeprefix(person): of.removeprefix(person)
                for key, of in owners(store).items()
                if key.startswith(f"{person}-o")
            }
        )
        store.erase(person, (f"{person}{name}" for name in names))
    assert found[0] == found[1] == _worked_out(facts)


_turns = itertools.count()


def _arrivals(store: SqlStore, person: str, facts: list[tuple[str, int, Any]]) -> list[Callable[[], object]]:
    made: list[Callable[[], object]] = []
    for n, (kind, at, more) in enumerate(facts):
        if kind == "decision":
            row = decision(f"{person}-d{n}", at, customer=person, deferred=more)
            made.append(lambda row=row: store.add_decisions([row]))  # type: ignore[misc]
        elif kind == "delivery":
            told = named(f"{person}-delivery{n}", f"{person}-d{more}", at)
            made.append(lambda told=told: store.add_outcomes([told]))  # type: ignore[misc]
        else:
            one = loose(f"{person}-o{n}", at, customer=person, window=20)
            made.append(lambda one=one: store.add_outcomes([one]))  # type: ignore[misc]
    return made


def _worked_out(facts: list[tuple[str, int, Any]]) -> dict[str, str]:
    """The rule itself, in Python."""
    delivered: dict[str, int] = {}
    for n, (kind, at, deferred) in enumerate(facts):
        told = [t for k, t, of in facts if k == "delivery" and of == n]
        if kind == "decision" and (told or not deferred):
            delivered[f"-d{n}"] = min(told) if deferred else at
    found = {}
    for n, (kind, at, _) in enumerate(facts):
        fitting = [(then, key) for key, then in delivered.items() if at - 20 <= then <= at]
        if kind == "loose" and fitting:
            found[f"-o{n}"] = max(fitting)[1]
    return found

"""A customer's state is read from the months that hold anything of theirs, and nothing is overlooked."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.store.reads import state as reading
from nba_service.store.rows import Claim, CustomerRow, DecisionRow, InteractionRow, OutcomeRow
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.person_versions import NEVER

FAR = 10**15
WHO = ("a", "b", "c")

NAMES = (f"name-{number}" for number in itertools.count())

Step = tuple[str, str, int]


def decision(key: str, who: str, at: int, contacts: tuple[tuple[str, str | None], ...]) -> DecisionRow:
    return DecisionRow(
        decision_id=key, customer_id=who, decided_at=at, delivered_at=at, action="guide", channel="email",
        action_probability=0.5, contacts=contacts, context=None, candidates=None, bundle="b", policy="p",
        arm="t", request="{}", answer="{}", state=b"",
    )  # fmt: skip


def perform(store: SqlStore, number: int, step: Step) -> None:
    """One thing that is written about a person, in the ways there are."""
    kind, who, at = step
    person, key = store.persons([who])[who], f"{number}"
    contact = (("guide", "email"),)
    if kind == "visit":
        store.add_interactions(
            [InteractionRow(interaction_id=key, customer_id=who, occurred_at=at, touchpoint="visit")]
        )
    elif kind == "contact":
        seen = store.state(who, FAR, 10).version
        store.add_decisions([decision(key, person, at, contact)], {key: Claim(version=seen)})
    elif kind == "unclaimed":
        store.add_decisions([decision(key, person, at, contact)])
    elif kind == "nothing":
        store.add_decisions([decision(key, person, at, ())])
    elif kind == "correction":
        store.correct_decisions([decision(str(number - 1), person, at, contact)])
    elif kind == "answer":
        store.add_outcomes(
            [OutcomeRow(outcome_id=key, decision_id=str(number - 1), outcome="clicked", occurred_at=at)]
        )
    elif kind == "early answer":
        store.add_outcomes(
            [OutcomeRow(outcome_id=key, decision_id=str(number + 1), outcome="clicked", occurred_at=at)]
        )
    elif kind == "profile":
        store.put_customers([CustomerRow(customer_id=who)])
    elif kind == "merge":
        store.merge(who, [WHO[at % 3]], at=at, ids=NAMES, profile=None)
    elif kind == "erasure":
        store.erase(who, NAMES)
    elif kind == "retention":
        store.forget_old(at, FAR)


KINDS: Sequence[str] = (
    *("visit", "contact", "unclaimed", "nothing", "correction", "answer", "early answer"),
    *("profile", "merge", "erasure", "retention"),
)
steps = st.tuples(st.sampled_from(KINDS), st.sampled_from(WHO), st.integers(0, 9_999))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(what=st.lists(steps, min_size=1, max_size=10))
def test_a_state_is_what_a_search_of_everything_finds(store: SqlStore, what: list[Step]) -> None:
    for who in WHO:
        store.erase(who, NAMES)
    store.forget_old(FAR, FAR)
    for number, step in enumerate(what):
        perform(store, number, step)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "_first", lambda _person: -NEVER)
            everything = {who: store.state(who, 5_000, 100) for who in WHO}
        assert {who: store.state(who, 5_000, 100) for who in WHO} == everything


def test_the_last_of_each_touchpoint_stays_however_much_happens_since(store: SqlStore) -> None:
    """Phases and rules look at it: a customer who signed is one after thousands of visits."""
    told = [
        ("signed", 10),
        ("visit", 11),
        ("signed", 12),
        ("left", 13),
        *(("visit", at) for at in range(20, 40)),
    ]
    store.add_interactions(
        [
            InteractionRow(interaction_id=f"i{at}", customer_id="a", occurred_at=at, touchpoint=name)
            for name, at in told
        ]
    )
    store.add_decisions([decision("d", "a", 5, (("guide", "email"),))])

    found = [(event.name, event.occurred_at) for event in store.state("a", FAR, 3).events]

    visits = [("visit", at) for at in (37, 38, 39)]
    assert found == [("contact", 5), ("signed", 12), ("left", 13), *visits]
    assert len(store.state("a", FAR, 100).events) == 25
    assert [event.name for event in store.state("a", 14, 100).events] == [
        "contact", "signed", "visit", "signed", "left"]  # fmt: skip

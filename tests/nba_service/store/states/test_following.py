"""A state that every write kept is the state that all rows give, whatever was written in which order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.past import pack, unpack
from nba_service.store.rows import LAST_DELIVERED, Claim, CustomerRow, OutcomeRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql.tables import people, states
from nba_service.store.sql_store import SqlStore
from nba_service.store.states.building import build_all
from tests.nba_service.store.row_builders import decision, interaction, outcome

WHO = ["a", "b", "c"]
NUMBERS = itertools.count()


def kept_and_rebuilt(database: Database) -> tuple[dict[str, bytes], dict[str, bytes], set[str]]:
    """States that are up to date, what rows say, and whose states are behind."""
    joined = people.outerjoin(states, states.c.customer_id == people.c.customer_id)
    with database.transaction() as connection:
        columns = (people.c.customer_id, people.c.version, states.c.version, states.c.state)
        rows = connection.execute(sa.select(*columns).select_from(joined)).all()
        valid = {person: state for person, now, version, state in rows if now == version}
        made = build_all(connection, [row[0] for row in rows], {})
    return valid, {person: pack(past) for person, past in made.items()}, {row[0] for row in rows} - set(valid)


class Writes:
    """Random writes about a few people."""

    def __init__(self, store: SqlStore, random: Random) -> None:
        self.store, self.random = store, random
        self.decided: list[str] = []
        self.ids = (f"n{number}" for number in NUMBERS)

    def any(self) -> None:
        often = [self.events, self.decide, self.answer] * 2
        rarely = [self.profile, self.merge, self.part, self.erase, self.correct, self.attribute, self.repeat]
        self.random.choice([*often, *rarely])()

    def events(self) -> None:
        rows = [self._interaction() for _ in range(self.random.randint(1, 3))]
        self.store.add_interactions(rows)

    def repeat(self) -> None:
        row = self._interaction()
        self.store.add_interactions([row])
        self.store.add_interactions([row, self._interaction()])

    def decide(self) -> None:
        key = self.random.choice([next(self.ids), "soon"])
        delivered = self.random.choice([None, 1_000])
        contacts = self.random.choice([(), (("guide", "email"),), (("guide", "email"), ("offer", "email"))])
        who = self.random.choice(WHO)
        state = self.store.past(who)
        row = decision(key, state.person, self.random.randint(1, 999), delivered, contacts)
        version = self.random.choice([state.version, state.version, 0])
        claim = Claim(version=version, past=self.random.choice([state.past, None]))
        self.store.add_decisions([row], {key: claim} if self.random.random() < 0.7 else {})
        self.decided.append(key)

    def answer(self) -> None:
        of = self.random.choice([*self.decided, "soon"])
        name = self.random.choice(["responded", "delivered"])
        self.store.add_outcomes([outcome(next(self.ids), of, name, self.random.randint(1_000, 2_000))])

    def attribute(self) -> None:
        row = OutcomeRow(
            outcome_id=next(self.ids), decision_id="", outcome="responded", occurred_at=1_500,
            customer_id=self.random.choice(WHO), action="guide", channel="email", window_ms=1_000,
            attribution=LAST_DELIVERED,
        )  # fmt: skip
        self.store.add_outcomes([row])
        self.store.settle_outcomes()

    def profile(self) -> None:
        self.store.put_customers([CustomerRow(customer_id=self.random.choice(WHO), consent={"email": True})])

    def merge(self) -> None:
        into, other = self.random.sample(WHO, 2)
        self.store.merge(into, [other], at=1, ids=self.ids, profile=None)

    def part(self) -> None:
        person, alias = self.random.sample(WHO, 2)
        self.store.part(person, alias, at=2, ids=self.ids)

    def erase(self) -> None:
        self.store.erase(self.random.choice(WHO), self.ids)

    def correct(self) -> None:
        if self.decided:
            key = self.random.choice(self.decided)
            row = self.store.decisions([key]).get(key)
            if row is not None:
                self.store.correct_decisions([replace(row, contacts=(("offer", "email"),), answer="{ }")])

    def _interaction(self):  # type: ignore[no-untyped-def]
        name = self.random.choice(["page_view", "order"])
        return interaction(next(self.ids), self.random.choice(WHO), self.random.randint(1, 2_000), name)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(seed=st.integers(0, 10**6))
def test_kept_is_rebuilt(database: Database, store: SqlStore, seed: int) -> None:
    writes = Writes(store, Random(seed))  # noqa: S311
    for _ in range(25):
        writes.any()
        kept, rebuilt, _ = kept_and_rebuilt(database)
        assert kept == {person: rebuilt[person] for person in kept}
    while store.catch_up_states():
        pass
    after: str | None = ""
    while after is not None:
        _, after = store.make_states(after)
    kept, rebuilt, behind = kept_and_rebuilt(database)
    assert kept == rebuilt
    assert not behind
    assert store.make_states("", all_people=True)[0] == 0


GRANT = {
    "customer_id": "c",
    "flag": "email",
    **dict.fromkeys(["granted_arrived_at", "granted_by", "refused_at", "refused_arrived_at", "refused_by"]),
    "granted_at": 1,
}

WRITES: dict[str, Callable[[SqlStore], object]] = {
    "interactions": lambda store: store.add_interactions([interaction("i-2")]),
    "a decision": lambda store: store.add_decisions([decision("d-2")], {"d-2": Claim(version=3)}),
    "a decision to do nothing": lambda store: store.add_decisions([decision("d-2", contacts=())]),
    "an outcome": lambda store: store.add_outcomes([outcome("o-2", "d-1")]),
    "a delivery": lambda store: store.add_outcomes([outcome("o-2", "deferred", "delivered")]),
    "a profile": lambda store: store.put_customers([CustomerRow(customer_id="c")]),
    "a merge": lambda store: store.merge("c", ["other"], at=1, ids=iter(["m"]), profile=None),
    "a correction": lambda store: store.correct_decisions([decision("d-1", answer="{ }")]),
    "consents of an export": lambda store: store.load_consents([GRANT]),
    "withdrawals": lambda store: store.record_withdrawals({"page_view": ["email"]}, 5),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_states_follow_each_write_in_its_transaction(
    database: Database, store: SqlStore, write: Callable[[SqlStore], object]
) -> None:
    """Nobody has to make them anew."""
    store.add_interactions([interaction("i-1")])
    store.add_decisions([decision("d-1")])
    store.add_decisions([decision("deferred", delivered=None)])
    write(store)
    kept, rebuilt, behind = kept_and_rebuilt(database)
    assert kept["c"] == rebuilt["c"]
    assert "c" not in behind


def test_a_state_that_is_damaged_is_made_anew(database: Database, store: SqlStore) -> None:
    store.add_interactions([interaction("i-1")])
    with database.transaction(write=True) as connection:
        connection.execute(sa.update(states).values(state=b"\x01damaged"))
    store.add_interactions([interaction("i-2")])
    kept, rebuilt, _ = kept_and_rebuilt(database)
    assert kept == rebuilt
    assert len(unpack(kept["c"])) == 2

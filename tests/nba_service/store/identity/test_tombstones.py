"""What an erasure leaves: who was erased is known by hash, for a while, and nothing of theirs comes back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from nba_service.store.identity import tombstones
from nba_service.store.rows import CustomerRow
from nba_service.store.sql import tables
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome

ERASED = 5_000


NUMBERS = itertools.count()


def nobody() -> Iterator[str]:
    return (f"nobody-{number}" for number in NUMBERS)


def counted(database: Database, table: sa.Table) -> int:
    with database.engine().connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_the_hashes_of_all_ids_and_decisions_stay_and_no_id(store: SqlStore, database: Database) -> None:
    store.merge("ada", ["visitor"], at=1, ids=nobody(), profile=None)
    store.add_decisions([decision("mail/ada", customer="ada")])

    store.erase("visitor", nobody(), ERASED)

    assert store.erased_at(["ada", "visitor", "mail/ada", "bob"]) == dict.fromkeys(
        ["ada", "visitor", "mail/ada"], ERASED
    )
    assert store.last_erasure() == ERASED
    with database.engine().connect() as connection:
        rows = connection.execute(sa.select(tables.tombstones)).all()
    assert all(len(row.id_hash) == 64 for row in rows)


def test_they_go_when_no_journal_can_be_that_old_and_their_salt_with_them(
    store: SqlStore, database: Database
) -> None:
    store.erase("ada", nobody(), ERASED)
    store.erase("bob", nobody(), ERASED + tombstones.KEPT_MS)
    assert store.erased_at(["ada", "bob"]) == {"ada": ERASED, "bob": ERASED + tombstones.KEPT_MS}

    store.forget_old(0, ERASED + tombstones.KEPT_MS + 1)
    assert list(store.erased_at(["ada", "bob"])) == ["bob"]

    store.forget_old(0, ERASED + 3 * tombstones.KEPT_MS)
    assert counted(database, tables.tombstones) == counted(database, tables.marks) == 0


@pytest.mark.parametrize(("journaled_at", "stored"), [(ERASED - 1, 0), (ERASED, 0), (ERASED + 1, 1)])
def test_what_was_journaled_before_the_erasure_is_left_out_and_what_came_after_counts(
    store: SqlStore, database: Database, journaled_at: int, stored: int
) -> None:
    store.add_decisions([decision("d-old", customer="ada")])
    store.erase("ada", nobody(), ERASED)
    kept = counted(database, tables.people)

    written = [
        store.put_customers([CustomerRow(customer_id="ada", updated_at=9, journaled_at=journaled_at)]),
        store.add_interactions([replace(interaction("i", customer="ada"), journaled_at=journaled_at)]),
        store.add_decisions([replace(decision("d", customer="ada"), journaled_at=journaled_at)]),
        store.correct_decisions([replace(decision("e", customer="ada"), journaled_at=journaled_at)]),
        store.add_outcomes([replace(outcome("o", "d-old"), journaled_at=journaled_at)]),
        store.add_outcomes([replace(outcome("p", "d"), journaled_at=journaled_at)]),
    ]

    assert [one.erased for one in written[:5]] == [1 - stored] * 5
    assert [one.new for one in written] == [stored] * 6
    assert counted(database, tables.people) == kept + stored, "not even the id is there again"
    assert store.add_interactions([interaction("now", customer="ada")]).new == 1


def test_an_outcome_that_came_before_its_erased_decision_goes_with_it(
    store: SqlStore, database: Database
) -> None:
    """The outcome was in the journal of a third host, which knew nothing of whose it is."""
    store.erase("ada", nobody(), ERASED)
    store.add_outcomes([replace(outcome("o", "d"), journaled_at=ERASED - 1)])

    store.add_decisions([replace(decision("d", customer="ada"), journaled_at=ERASED - 1)])

    assert counted(database, tables.outcomes) == 0
    assert store.add_outcomes([replace(outcome("p", "d"), journaled_at=ERASED - 1)]).erased == 1


def test_others_in_the_same_portion_are_stored(store: SqlStore) -> None:
    store.erase("ada", nobody(), ERASED)
    visits = [
        replace(interaction(f"of-{customer}", customer=customer), journaled_at=7)
        for customer in ("ada", "bob")
    ]

    written = store.add_interactions(visits)

    assert (written.new, written.erased) == (1, 1)
    assert [event.key for event in store.state("bob", FAR, 10).events] == ["of-bob"]


@pytest.mark.parametrize("updated_at", [5, 7])
def test_a_profile_that_waited_replaces_no_newer_one(store: SqlStore, updated_at: int) -> None:
    refused = CustomerRow(customer_id="ada", attributes={"age": 41}, consent={"email": False}, updated_at=6)
    store.put_customers([refused])

    waited = CustomerRow(
        customer_id="ada", attributes={"age": 40}, consent={"email": True}, updated_at=updated_at,
        arrived_at=updated_at, consented_at=5, journaled_at=5,
    )  # fmt: skip
    store.put_customers([waited])

    profile = store.customer("ada")
    assert profile is not None
    assert profile.attributes == {"age": 40 if updated_at == 7 else 41}
    assert profile.consent == {"email": False}, "the grant is older than the refusal"

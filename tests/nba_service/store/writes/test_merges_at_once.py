"""Merges are exact, whatever happens at once: no alias of an alias, no row under an alias, no error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
import pytest
import sqlalchemy as sa

from nba_service.store.rows import CustomerRow, InteractionRow
from nba_service.store.sql import migrate, tables
from nba_service.store.sql.connection import WRITE, Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision

IDS = [f"id-{number}" for number in range(12)]


def names(prefix: str) -> Iterator[str]:
    return (f"{prefix}-{number}" for number in count())


def execute(database: Database, statement: str, **values: object) -> list[tuple[object, ...]]:
    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        done = connection.execute(sa.text(statement), values)
        return [tuple(row) for row in done] if done.returns_rows else []


def chains(database: Database) -> list[tuple[object, ...]]:
    return execute(
        database,
        "SELECT a.alias, a.customer_id FROM aliases a WHERE a.alias = a.customer_id"
        " OR a.customer_id IN (SELECT alias FROM aliases)",
    )


def strays(database: Database) -> list[tuple[str, str]]:
    """Rows that lie under an alias, where no read finds them."""
    stray = [
        sa.select(sa.literal(table.name), table.c.customer_id).where(
            table.c.customer_id.in_(sa.select(tables.aliases.c.alias))
        )
        for table in (*tables.ALL.values(), tables.consents)
    ]
    with database.engine().connect() as connection:
        return [(name, owner) for name, owner in connection.execute(sa.union_all(*stray))]


def visit(customer: str, number: str) -> InteractionRow:
    return InteractionRow(
        interaction_id=f"visit-{number}",
        customer_id=customer,
        touchpoint="visit",
        occurred_at=1_700_000_000_000,
    )


def at_once(works: list[Callable[[], None]]) -> list[Exception]:
    errors: list[Exception] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.parametrize("seed", range(3))
def test_merges_events_and_profiles_at_once_lose_nothing(
    store: SqlStore, database: Database, seed: int
) -> None:
    """Eight threads merge a dozen ids in every direction while events, decisions and profiles arrive."""

    def busy(worker: int) -> Callable[[], None]:
        rng = np.random.default_rng([seed, worker])

        def work() -> None:
            for step in range(8):
                one, other, third = rng.choice(IDS, 3, replace=False).tolist()
                name = f"{worker}-{step}"
                if worker % 2:
                    store.merge(one, [other, third], at=step, ids=names(f"audit-{name}"), profile=None)
                elif step % 2:
                    store.put_customers([CustomerRow(customer_id=one, attributes={"age": step})])
                else:
                    store.add_interactions([visit(one, f"{name}-a"), visit(other, f"{name}-b")])
                    store.add_decisions([decision(f"{name}-c", customer=third, contacts=())])
                    store.correct_decisions([decision(f"{name}-d", customer=one)])

        return work

    errors = at_once([busy(worker) for worker in range(8)])

    assert errors == []
    assert chains(database) == []
    assert strays(database) == []
    assert execute(database, "SELECT COUNT(*) FROM interactions") == [(4 * 4 * 2,)]
    assert execute(database, "SELECT COUNT(*) FROM decisions") == [(4 * 4 * 2,)]


def test_a_ring_of_merges_makes_one_person(store: SqlStore, database: Database) -> None:
    """a into b, b into c, c into a, at the same moment: in whatever order, one person with two aliases."""
    pairs = [("a", "b"), ("b", "c"), ("c", "a")]
    errors = at_once(
        [
            (lambda into=into, other=other: merged(store, into, other))  # type: ignore[misc]
            for into, other in pairs
        ]
    )

    assert errors == []
    assert chains(database) == []
    owners = store.persons(["a", "b", "c"])
    assert len(set(owners.values())) <= 2
    assert set(owners.values()) <= {"a", "b", "c"}


def merged(store: SqlStore, into: str, other: str) -> None:
    store.merge(into, [other], at=1, ids=names(f"audit-{into}{other}"), profile=None)


def test_a_merge_and_an_erasure_at_once_leave_nobody_behind(store: SqlStore, database: Database) -> None:
    store.add_interactions([visit("ada", "1"), visit("v", "2")])
    errors = at_once(
        [
            lambda: merged(store, "ada", "v"),
            lambda: store.erase("ada", names("nobody"), 2) and None,
            lambda: store.add_interactions([visit("v", "3")]) and None,
        ]
    )

    assert errors == []
    assert chains(database) == []
    assert strays(database) == []


@pytest.mark.parametrize(
    ("alias", "person"),
    [("x", "x"), ("y", "alias"), ("person", "z")],
    ids=["itself", "an alias's", "a person's"],
)
def test_the_database_itself_refuses_chains(
    store: SqlStore, database: Database, alias: str, person: str
) -> None:
    merged(store, "person", "alias")

    with pytest.raises(sa.exc.IntegrityError, match="an alias points to a person"):
        execute(
            database,
            "INSERT INTO aliases (alias, customer_id, merged_at) VALUES (:alias, :person, 1)",
            alias=alias,
            person=person,
        )


def test_the_migration_repairs_chains_and_what_lies_under_aliases(database: Database) -> None:
    migrate.upgrade(database, "0011")
    links = [("b", "a"), ("c", "b"), ("d", "c"), ("self", "self"), ("r2", "r1"), ("r3", "r2"), ("r1", "r3")]
    for alias, person in links:
        execute(
            database,
            "INSERT INTO aliases (alias, customer_id, merged_at) VALUES (:alias, :person, 1)",
            alias=alias,
            person=person,
        )
    for number, person in enumerate(("a", "c", "r2")):
        execute(
            database,
            "INSERT INTO interactions (interaction_id, customer_id, touchpoint, occurred_at, properties)"
            " VALUES (:id, :person, 'visit', 1700000000000, '{}')",
            id=f"i-{number}",
            person=person,
        )
    for person, consent, age in (("a", '{"email": true}', 1), ("c", '{"email": false}', 2), ("d", "{}", 3)):
        execute(
            database,
            "INSERT INTO customers (customer_id, attributes, consent, updated_at)"
            " VALUES (:person, :attributes, :consent, 1)",
            person=person,
            attributes=f'{{"age": {age}, "from_{person}": true}}',
            consent=consent,
        )
    ledgers = {"a": '{"email": [[5, 5, "profile"], null]}', "c": '{"email": [null, [7, 7, "unsubscribe"]]}'}
    for person, ledger in ledgers.items():
        execute(
            database,
            "INSERT INTO consents (customer_id, ledger) VALUES (:person, :ledger)",
            person=person,
            ledger=ledger,
        )
    migrate.upgrade(database, migrate.HEAD)

    assert chains(database) == []
    assert strays(database) == []
    owners = SqlStore(database).persons(["a", "b", "c", "d", "self", "r1", "r2", "r3"])
    assert owners == {
        "a": "a",
        "b": "a",
        "c": "a",
        "d": "a",
        "self": "self",
        "r1": "r1",
        "r2": "r1",
        "r3": "r1",
    }
    assert sorted(execute(database, "SELECT interaction_id, customer_id FROM interactions")) == [
        ("i-0", "a"),
        ("i-1", "a"),
        ("i-2", "r1"),
    ]
    profile = SqlStore(database).customer("a")
    assert profile is not None
    assert profile.consent == {"email": False}, "the refusal that came later is believed"
    assert profile.attributes == {"age": 1, "from_a": True, "from_c": True, "from_d": True}

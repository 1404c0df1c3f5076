"""The breaker opens for a store that cannot answer, never for what one request says or whom it is about."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import flask
import pytest
import sqlalchemy as sa

from nba_service.errors import ContentionError, StoreError, StoreRefusalError
from nba_service.resilience.errors import StoreTimeoutError
from nba_service.resilience.guarded_calls import GuardedCalls
from nba_service.services import Services
from nba_service.settings import Durability, Settings
from nba_service.store.sql.connection import Database, translated
from nba_service.store.writes.giving_way import until_done

HOT_CALLS = 200


@pytest.fixture
def schema(postgres_url: str) -> Iterator[str]:
    """The URL of a schema of its own."""
    import psycopg

    name = f"nba_guarded_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    yield f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3D{name}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def table(schema: str) -> Iterator[Database]:
    """PostgreSQL with a table of three rows."""
    database = Database(schema, durability=Durability.COMMIT, timeout_ms=20_000)
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE t (id text PRIMARY KEY, n integer CHECK (n > 0))"))
        connection.execute(sa.text("INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)"))
    yield database
    database.close()


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SELECT * FROM t WHERE id = :v", {"v": "x\0"}),  # data: a text no database holds
        ("SELECT * FROM t WHERE id = :v", {"v": "\ud800"}),  # half a character
        ("UPDATE t SET n = :v", {"v": 10**30}),  # a number out of range
        ("UPDATE t SET n = CAST(:v AS integer)", {"v": "one"}),
        ("INSERT INTO t VALUES (:v, 1)", {"v": "a"}),  # constraints: unique, check
        ("INSERT INTO t VALUES (:v, -1)", {"v": "d"}),
        ("INSERT INTO t VALUES (:v || repeat(md5(random()::text), 9000), 1)", {"v": "d"}),  # too long a key
    ],
)
def test_what_a_request_says_is_refused_and_leaves_the_breaker_closed(
    table: Database, statement: str, values: dict[str, object]
) -> None:
    calls = GuardedCalls(4)

    def work() -> None:
        with translated(), table.transaction(write=True) as connection:
            connection.execute(sa.text(statement), values)

    for _ in range(10):
        with pytest.raises(StoreRefusalError) as raised:
            calls.ask(work, 30)
    assert raised.value.code == "DATA_REFUSED"
    assert calls.breaker.closed
    assert calls.breaker.openings == 0


def test_sqlite_refuses_values_the_same_way() -> None:
    calls, connection = GuardedCalls(4), sa.create_engine("sqlite://").connect()
    for value in (10**30, "\ud800", object()):
        with pytest.raises(StoreRefusalError), translated():
            connection.execute(sa.text("SELECT :v"), {"v": value})

    def unread() -> None:
        raise sa.exc.OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))

    with pytest.raises(StoreError, match="OperationalError"):
        calls.ask(unread, 30)
    assert not calls.breaker.closed


def test_of_two_transactions_in_a_ring_one_gives_way_and_the_breaker_stays_closed(table: Database) -> None:
    calls, together = GuardedCalls(4), threading.Barrier(2)

    def work(first: str, second: str) -> None:
        with translated(), table.transaction(write=True) as connection:
            connection.execute(sa.text("SET LOCAL deadlock_timeout = 10"))
            connection.execute(sa.text("UPDATE t SET n = n + 1 WHERE id = :v"), {"v": first})
            together.wait(30)
            connection.execute(sa.text("UPDATE t SET n = n + 1 WHERE id = :v"), {"v": second})

    def ask(first: str, second: str) -> type[Exception] | None:
        try:
            calls.ask(lambda: work(first, second), 30)
        except StoreError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(2) as pool:
        told = {one.result() for one in [pool.submit(ask, "a", "b"), pool.submit(ask, "b", "a")]}
    assert told == {None, ContentionError}
    assert calls.breaker.openings == 0


def test_who_waits_too_long_for_a_row_is_told_that_others_have_it(table: Database) -> None:
    calls = GuardedCalls(4)

    def work() -> None:
        with translated(), table.transaction(write=True) as connection:
            connection.execute(sa.text("SET LOCAL lock_timeout = 10"))
            connection.execute(sa.text("UPDATE t SET n = 9 WHERE id = 'a'"))

    with table.transaction(write=True) as other:
        other.execute(sa.text("UPDATE t SET n = 5 WHERE id = 'a'"))
        with pytest.raises(ContentionError):
            calls.ask(work, 30)
    assert calls.breaker.openings == 0
    calls.ask(work, 30)


def test_one_persons_calls_that_hang_take_one_thread_and_leave_the_store_to_others() -> None:
    calls, ends, inside = GuardedCalls(4), threading.Event(), []

    def hang() -> None:
        inside.append(1)
        ends.wait(60)

    def about(person: str) -> type[Exception] | None:
        try:
            calls.ask(hang if person == "hot" else inside.clear, 0.05 if person == "hot" else 30, (person,))
        except StoreError as error:
            return type(error)
        return None

    try:
        assert about("hot") is StoreTimeoutError
        for _ in range(20):
            assert about("hot") is ContentionError
            assert len(inside) <= 1
            assert about("somebody") is None
        assert calls.busy == 1
        assert calls.breaker.openings == 0
    finally:
        ends.set()


def test_two_hundred_calls_about_one_customer_do_not_degrade_others(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, schema: str
) -> None:
    settings = replace(playbook_settings, database_url=schema, database_timeout_ms=30_000)
    app = make_app(settings)
    parts: Services = app.extensions["nba"]

    def decide(person: str) -> Any:
        with app.test_client() as client:
            body = {"customer_id": person, "phase": "stranger", "channels": ["web"]}
            return client.post("/v1/decisions", json=body).get_json()

    people = ["hot" if n % 5 else f"other-{n}" for n in range(HOT_CALLS * 5 // 4)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(decide, people))
    assert {tuple(one["degraded_by"]) for one in answers} == {("MODEL_UNAVAILABLE",)}
    assert sum(person == "hot" for person in people) == HOT_CALLS
    assert parts.store.breaker.openings == 0
    assert parts.store.journal.empty
    stored = parts.store.plain.decisions([one["decision_id"] for one in answers])
    assert len(stored) == len(people)


@pytest.mark.parametrize("nul", ["x\0", "\0"])
def test_ids_that_no_database_holds_reach_none(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, schema: str, nul: str
) -> None:
    """Each door that takes an id from an address, or from a body that is not checked yet."""
    app = make_app(replace(playbook_settings, database_url=schema))
    parts: Services = app.extensions["nba"]
    client, quoted = app.test_client(), nul.replace("\0", "%00")
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.endpoint == "static":
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<path:{name}>", quoted).replace(f"<{name}>", quoted)
        for method in rule.methods or ():
            answer = client.open(path, method=method, json={}, headers={"Idempotency-Key": uuid.uuid4().hex})
            assert answer.status_code < 500, (method, path, answer.text)
    for body in ({"customer_id": nul}, {"decision_id": nul}, {"customer_id": "c", "aliases": [nul]}):
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        assert client.post("/v1/decisions", json=body, headers=headers).status_code == 422
    assert parts.store.breaker.openings == 0
    assert parts.store.journal.empty


def test_who_waits_for_somebody_elses_lock_does_not_open_the_breaker() -> None:
    """The store answered: that others have the person."""
    calls = GuardedCalls(4)

    def give_way() -> None:
        raise ContentionError("others have it")

    for _ in range(5):
        with pytest.raises(StoreTimeoutError):
            calls.ask(lambda: until_done(give_way, 2), 0.1)
    assert calls.breaker.openings == 0

"""Connections to PostgreSQL: one that died is replaced, and no statement takes longer than the timeout."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.sql import postgresql
from nba_service.store.sql.connection import Database, translated_transaction
from nba_service.store.sql_store import SqlStore

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def test_a_connection_that_died_while_idle_is_replaced(
    database: Database, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_IDLE_S", 0.0)
    assert store.customer("c") is None
    with database.engine().connect() as connection:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    other = sa.create_engine(database.url)
    with other.connect() as connection:
        assert connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}).scalar_one()
    other.dispose()

    assert store.customer("c") is None


def test_a_statement_ends_with_the_timeout(database: Database) -> None:
    quick = Database(
        database.url.render_as_string(hide_password=False), durability=database.durability, timeout_ms=50
    )
    with pytest.raises(StoreError, match="QueryCanceled"), translated_transaction(quick) as connection:
        connection.execute(sa.text("SELECT pg_sleep(10)"))
    quick.close()


def test_no_statement_is_compiled(database: Database) -> None:
    """The count of responses of 9,000 decisions takes 0.2 s, and took 8 s with the time to compile it."""
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("SHOW jit")).scalar_one() == "off"


@pytest.mark.parametrize(("durability", "expected"), [("commit", "on"), ("flush", "off"), ("async", "off")])
def test_durability_says_whether_a_commit_waits_for_the_disk(
    database: Database, durability: str, expected: str
) -> None:
    url = database.url.render_as_string(hide_password=False)
    asked = Database(url, durability=Durability(durability), timeout_ms=5_000)
    with asked.engine().connect() as connection:
        assert connection.execute(sa.text("SHOW synchronous_commit")).scalar_one() == expected
    asked.close()


def test_a_server_that_is_away_is_a_store_error_for_the_first_read_too(database: Database) -> None:
    """A new worker has no connection yet, so the first one fails where no statement has run."""
    nowhere = database.url.set(host="127.0.0.1", port=1, query={}).render_as_string(hide_password=False)
    away = SqlStore(Database(nowhere, durability=database.durability, timeout_ms=500))
    for read in (
        lambda: away.state("c", 0, 10),
        lambda: away.decisions(["d"]),
        lambda: away.decision_or_past("d", "c"),
    ):
        with pytest.raises(StoreError, match="OperationalError"):
            read()
    away.close()

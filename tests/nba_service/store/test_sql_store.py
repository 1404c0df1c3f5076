"""The whole store over one database."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nba_service.errors import StoreError
from nba_service.settings import Durability
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore


def test_a_store_that_cannot_answer_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "nba.sqlite").write_bytes(b"this is no database" * 100)
    broken = SqlStore(
        Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=500)
    )
    with pytest.raises(StoreError, match="put the last backup in its place"):
        broken.check()


def test_many_may_migrate_at_once(database: Database) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            SqlStore(database).migrate()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    SqlStore(database).check()


def test_migrations_go_down_and_up_again(store: SqlStore, database: Database) -> None:
    migrate.downgrade(database, "base")
    with pytest.raises(StoreError, match="schema none"):
        store.check()
    store.migrate()
    store.check()

"""SQLite as it is set up."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from nba_service.settings import Durability
from nba_service.store.sql import sqlite
from nba_service.store.sql.connection import Database


def test_commit_durability_flushes_to_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=500)
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_the_log_of_writes_is_emptied_aside_and_not_by_commits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.FLUSH, timeout_ms=500)
    log = tmp_path / "nba.sqlite-wal"
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE t (x BLOB)"))
    for _ in range(40):  # 5 MB: beyond SQLite's own bound, below the one that is left as a last resort
        with database.transaction(write=True) as connection:
            connection.execute(sa.text("INSERT INTO t VALUES (zeroblob(131072))"))
    grown = log.stat().st_size
    assert grown > 5_000_000

    database.shorten_log()
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (zeroblob(131072))"))

    assert log.stat().st_size == grown  # it began anew, in the file there was
    database.close()


def test_a_log_that_grew_long_under_load_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_LONG_LOG_PAGES", 16)
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.FLUSH, timeout_ms=500)
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE t (x BLOB)"))
        connection.execute(sa.text("INSERT INTO t VALUES (zeroblob(131072))"))

    database.shorten_log()
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))

    with database.engine().connect() as connection:
        _busy, pages, _moved = connection.execute(sa.text("PRAGMA wal_checkpoint(PASSIVE)")).one()
        assert pages < 16
        assert connection.execute(sa.text("PRAGMA busy_timeout")).scalar() == 500
    database.close()

"""SQLite as it is set up."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from nba_service.settings import Durability
from nba_service.store.sql.connection import Database


def test_commit_durability_flushes_to_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nba.sqlite", durability=Durability.COMMIT, timeout_ms=500)
    with database.engine().connect() as connection:
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()

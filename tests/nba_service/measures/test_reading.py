"""The records of a period and no others; nothing without a rollup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from models.measures.customers import within
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading, age_of, read_period
from nba_service.settings import Durability
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.measures.conftest import DAY, NOW


def test_records_of_the_period_and_of_the_time_before(reading: Reading, rolled_up: SqlStore) -> None:
    short = read_period(rolled_up.rollups, Question(days=7), kinds=("decisions",))

    assert len(within(reading.log.decisions, reading.since, reading.until)) == 800
    assert short is not None
    assert 100 < len(within(short.log.decisions, short.since, short.until)) < 400
    assert len(short.log.events) == 0
    assert (reading.until - reading.since) / DAY == 28
    assert reading.now == NOW.timestamp() * 1000


def test_an_arm_alone(rolled_up: SqlStore) -> None:
    asked = read_period(rolled_up.rollups, replace(Question(), arm="random"))

    assert asked is not None
    assert len(asked.log.decisions) == 200


def test_the_age_says_when(rolled_up: SqlStore, tmp_path: Path) -> None:
    store = SqlStore(Database(f"sqlite:///{tmp_path}/x", durability=Durability.FLUSH, timeout_ms=5_000))
    store.migrate()

    assert age_of(rolled_up.rollups).rolled_up_at == NOW
    assert age_of(store.rollups).rolled_up_at is None
    assert read_period(store.rollups, Question()) is None
    store.close()

"""The records of a period and no others; nothing without a rollup."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

from models.domain.journey import Journey
from models.measures.customers import within
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading, age_of, read_period
from nba_service.measures.rollups.packing import PACKED_AS, WEEK_MS
from nba_service.measures.rollups.rollup import Rollup
from nba_service.settings import Durability
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from tests.nba_service.measures.conftest import DAY, NOW


def test_records_of_the_period_and_of_the_time_before(
    reading: Reading, rolled_up: SqlStore, armed: Journey
) -> None:
    short = read_period(rolled_up.rollups, Question(days=7), armed, kinds=("decisions",))

    assert len(within(reading.log.decisions, reading.since, reading.until)) == 800
    assert short is not None
    assert 100 < len(within(short.log.decisions, short.since, short.until)) < 400
    assert len(short.log.events) == 0
    assert (reading.until - reading.since) / DAY == 28
    assert reading.now == NOW.timestamp() * 1000


def test_an_arm_alone(rolled_up: SqlStore, armed: Journey) -> None:
    asked = read_period(rolled_up.rollups, replace(Question(), arm="random"), armed)

    assert asked is not None
    assert len(asked.log.decisions) == 200


def test_the_age_says_when(rolled_up: SqlStore, armed: Journey, tmp_path: Path) -> None:
    store = SqlStore(Database(f"sqlite:///{tmp_path}/x", durability=Durability.FLUSH, timeout_ms=5_000))
    store.migrate()

    assert age_of(rolled_up.rollups).rolled_up_at == NOW
    assert age_of(store.rollups).rolled_up_at is None
    assert read_period(store.rollups, Question(), armed) is None
    store.close()


def test_what_another_version_rolled_up_is_not_read_and_made_anew(
    rolled_up: SqlStore, armed: Journey
) -> None:
    """Records of another form would be read as garbage, or not at all."""
    place = ("decisions", int(NOW.timestamp() * 1000) // WEEK_MS, 0)
    rolled_up.rollups.put(rolled_up.rollups.turn(), {place: zlib.compress(b"of another form")}, {}, [])
    for mark in (PACKED_AS, "rollup_basis"):
        rolled_up.rollups.note(mark, 1)

    assert read_period(rolled_up.rollups, Question(), armed) is None
    assert Rollup(rolled_up.rollups, armed, lambda: NOW).run().anew
    again = read_period(rolled_up.rollups, Question(), armed)
    assert again is not None
    assert len(again.log.decisions) == 800


def test_a_group_alone(rolled_up: SqlStore, armed: Journey) -> None:
    """Nobody of these has a profile: their language is the journey file's, and no age is known."""
    everybody = read_period(rolled_up.rollups, Question(group='customer.locale != ""'), armed)
    nobody = read_period(rolled_up.rollups, Question(group="customer.attributes.age > 30"), armed)

    assert everybody is not None
    assert len(everybody.log.decisions) == 800
    assert nobody is not None
    assert len(nobody.log.decisions) == len(nobody.log.moves) == 0

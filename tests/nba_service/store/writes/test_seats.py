"""Seats: no channel gives more than it has, and a decision takes all of its seats or none."""

from __future__ import annotations

import pytest

from nba_service.store.rows import Seat
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.seats import Seats, used_seats


def seat(channel: str = "phone", most: int = 2, day: int = 7) -> Seat:
    return Seat(channel=channel, day=day, most=most)


@pytest.fixture
def seats(store: SqlStore, database: Database) -> Seats:
    """With the tables there."""
    return Seats(database.dialect)


def used(database: Database, day: int = 7) -> dict[str, int]:
    with database.transaction() as connection:
        return used_seats(connection, ["phone", "visit"], day)


def test_a_channel_gives_what_it_has_and_no_more(seats: Seats, database: Database) -> None:
    wanted = {key: [seat()] for key in ("a", "b", "c")}
    with database.transaction(write=True) as connection:
        assert seats.without_room(connection, wanted) == {"c"}
        assert seats.without_room(connection, {"other day": [seat(day=8)]}) == frozenset()

    assert used(database) == {"phone": 2}
    assert used(database, 8) == {"phone": 1}


def test_who_finds_no_room_gives_back_what_it_took(seats: Seats, database: Database) -> None:
    with database.transaction(write=True) as connection:
        assert not seats.take(connection, [seat("visit", most=0), seat("phone")])
        assert seats.without_room(connection, {"d": [seat("visit", most=1), seat("phone")]}) == frozenset()

    assert used(database) == {"phone": 1, "visit": 1}


def test_a_channel_without_capacity_has_no_room_at_all(seats: Seats, database: Database) -> None:
    with database.transaction(write=True) as connection:
        assert not seats.take(connection, [seat(most=0)])
        assert seats.take(connection, [])

    assert used(database).get("phone", 0) == 0

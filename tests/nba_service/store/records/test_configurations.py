"""Availability follows its own clock, and wishes count people."""

from __future__ import annotations

from itertools import count

from models.configurations.availability import AvailabilityRow
from nba_service.store.records.configurations import Wish
from nba_service.store.rows import CustomerRow
from nba_service.store.sql_store import SqlStore

M150 = AvailabilityRow("motor", "m150", "*", True, "", "")
M210 = AvailabilityRow("motor", "m210", "*", True, "2026-12-01", "")


def wish(customer: str, at: int, combination: str = '{"motor":"m300"}', *, deliverable: bool = False) -> Wish:
    return Wish("car", "north", combination, customer, deliverable, at)


def test_the_same_upload_again_changes_nothing_and_another_turns_the_table(store: SqlStore) -> None:
    table = store.configurations
    first = table.upload("car", [M150, M210], 1_000, replace=False)
    again = table.upload("car", [M150, M210], 1_000, replace=False)

    assert first == (2, 0, 0, 0, 1_000)
    assert again == (0, 2, 0, 0, 1_000)
    turn, as_of, rows = table.read()
    assert (turn, dict(as_of)) == (2, {"car": 1_000})
    assert [row.choice for row in rows["car"]] == ["m150", "m210"]
    assert table.turn() == turn


def test_an_older_upload_that_comes_late_changes_nothing(store: SqlStore) -> None:
    table = store.configurations
    table.upload("car", [M150._replace(available=False)], 2_000, replace=False)

    late = table.upload("car", [M150, M210], 1_000, replace=True)

    assert (late.older, late.changed, late.as_of) == (1, 1, 2_000)
    assert [row.available for row in table.read()[2]["car"]] == [False, True]


def test_a_whole_table_ends_what_it_does_not_have_and_stays_ended_for_older_ones(store: SqlStore) -> None:
    table = store.configurations
    table.upload("car", [M150, M210], 1_000, replace=False)
    ended = table.upload("car", [M150], 3_000, replace=True)
    table.upload("car", [M210], 2_000, replace=False)

    assert (ended.ended, ended.unchanged) == (1, 1)
    assert [row.available for row in table.read()[2]["car"]] == [True, False]


def test_configurators_do_not_touch_each_other(store: SqlStore) -> None:
    table = store.configurations
    table.upload("car", [M150], 1_000, replace=False)
    table.upload("van", [M210], 2_000, replace=True)

    assert sorted(table.read()[2]) == ["car", "van"]


def test_a_wish_counts_once_a_person_whatever_their_id(store: SqlStore) -> None:
    table = store.configurations
    assert table.first_wish_at() is None
    table.note_wishes([wish("ada", 20), wish("ada", 10), wish("a-2", 30), wish("bob", 40)])
    ids = (f"m-{number}" for number in count())
    store.merge("ada", ["a-2"], at=50, ids=ids, profile=None)

    found = table.wishes(0, 100)

    assert sorted((one.customer_id, one.at) for one in found) == [("ada", 10), ("bob", 40)]
    assert [one.customer_id for one in table.wishes(11, 100)] == ["bob"]
    assert table.first_wish_at() == 10


def test_who_is_forgotten_stays_in_the_counts_without_a_name(store: SqlStore) -> None:
    table = store.configurations
    store.put_customers([CustomerRow(customer_id="ada")])
    table.note_wishes([wish("ada", 10), wish("ada", 20, '{"motor":"m210"}', deliverable=True)])

    store.erase("ada", (f"nobody-{number}" for number in count()), at=99)

    assert {one.customer_id for one in table.wishes(0, 100)} == {"nobody-0"}
    assert len(table.wishes(0, 100)) == 2


def test_old_wishes_go_with_retention(store: SqlStore) -> None:
    store.configurations.note_wishes([wish("ada", 10), wish("bob", 5_000)])

    store.forget_old(1_000, 10_000)

    assert [one.customer_id for one in store.configurations.wishes(0, 9_000)] == ["bob"]

"""Paths end before what they lead to, and hold what customers met in order."""

from __future__ import annotations

import numpy as np

from models.domain.journey import Journey
from models.measures.gap import rows_of_journey
from nba_service.measures.paths import LONGEST_PATH, Met, entries_of, met_of, paths_before, weak_of, worth_of
from nba_service.measures.reading import Reading


def test_what_was_met_is_in_the_order_of_customers_and_time(reading: Reading, armed: Journey) -> None:
    rows = rows_of_journey(armed)
    met = met_of(reading, rows)

    assert len(met.row) == 400 + 800
    assert {rows[code].name for code in set(met.row.tolist())} == {"email", "quote"}
    assert np.array_equal(np.lexsort((met.at, met.customer)), np.arange(len(met.at)))


def test_nobody_entered_and_every_path_is_whole(reading: Reading, armed: Journey) -> None:
    who, ends = entries_of(reading, "customer")
    people, owner, _, entered = paths_before(met_of(reading, rows_of_journey(armed)), who, ends)

    assert (len(who), len(people), len(owner), entered.sum()) == (0, 400, 1200, 0)


def test_paths_end_before_the_moment_and_keep_their_last_steps() -> None:
    n = LONGEST_PATH + 10
    met = Met(
        customer=np.array([7] * n + [9], dtype=np.uint64),
        at=np.append(np.arange(n), 0),
        row=np.append(np.arange(n) % 3, 1),
        phase=np.zeros(n + 1, dtype=np.int32),
    )

    people, owner, step, has = paths_before(met, np.array([7], dtype=np.uint64), np.array([n - 2]))

    assert people.tolist() == [7, 9]
    assert has.tolist() == [1, 0]
    assert (owner == 0).sum() == LONGEST_PATH
    assert step[owner == 0][-1] == (n - 3) % 3


def test_worth_is_what_a_customer_earned_and_ends_with_the_last_of_it(reading: Reading) -> None:
    who, ends, worth = worth_of(reading)
    log = reading.log
    earned = [
        records["value"][records["at"] >= reading.since].sum() for records in (log.decisions, log.moves)
    ]

    assert worth.sum() == sum(earned)
    assert (worth > 0).all()
    assert len(who) == len(ends)
    assert (ends <= reading.until).all()


def test_every_row_of_the_journey_says_how_it_went_on(reading: Reading, armed: Journey) -> None:
    rows = rows_of_journey(armed)

    found = weak_of(reading, armed, met_of(reading, rows), len(rows))

    assert len(found) == len(rows)
    assert {row.name for row, point in zip(rows, found, strict=True) if point.use == 1.0} == {
        "email",
        "quote",
    }

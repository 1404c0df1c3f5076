"""Rows of availability are named where they are wrong."""

from __future__ import annotations

import pytest

from nba_service.decisions.configurations.rows import AvailabilityCall, choice_problems, is_day, row_problems
from tests.configured_journey import car

GOOD = AvailabilityCall("motor", "m150", "north", True, "2026-12-01", "2026-12-31")

WRONG = [
    (GOOD._replace(option="moto"), "rows[0].option", "Did you mean 'motor'?"),
    (GOOD._replace(choice="m151"), "rows[0].choice", "m150"),
    (AvailabilityCall("towbar", "with"), "rows[0].option", "always available"),
    (GOOD._replace(first="2026-12-32"), "rows[0].from", "a day as"),
    (GOOD._replace(last="20261231"), "rows[0].until", "a day as"),
    (GOOD._replace(last="2026-11-30"), "rows[0].until", "Swap them"),
]


@pytest.mark.parametrize(("row", "field", "says"), WRONG)
def test_a_wrong_row_says_where_and_what(row: AvailabilityCall, field: str, says: str) -> None:
    problems = list(row_problems(car(), [row]))

    assert [(one.field, says in one.detail) for one in problems] == [(field, True)]


def test_a_row_that_stands_twice_is_a_problem() -> None:
    assert list(row_problems(car(), [GOOD, GOOD._replace(region="west")])) == []
    assert [one.field for one in row_problems(car(), [GOOD, GOOD._replace(first=None)])] == ["rows[1].choice"]


def test_open_sides_are_empty_texts_in_the_store() -> None:
    assert GOOD._replace(first=None, last=None).stored()[:6] == ("motor", "m150", "north", True, "", "")


def test_days_are_written_one_way() -> None:
    assert is_day("2028-02-29")
    assert not any(is_day(text) for text in ("2027-02-29", "2026-1-1", "2026-W01-1", "", "٢٠٢٦-01-01"))


def test_choices_of_a_check_are_known_ones() -> None:
    problems = list(choice_problems(car(), {"motor": "m1", "roof": "open", "battery": "b75"}, "choices"))

    assert [one.field for one in problems] == ["choices", "choices.motor"]

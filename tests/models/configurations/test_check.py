"""Why a configuration cannot be, why not now, and what is given in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models.configurations.availability import Availability, AvailabilityRow
from models.configurations.check import (
    Code,
    choice_trouble,
    configure,
    days_from,
    incompatibilities,
    rule_text,
    table_trouble,
    undeliverable,
)
from models.domain.history import HOUR_MS
from nba_service.decisions.configurations.csv_rows import read_rows
from tests.configured_journey import STOCK, car

CAR = car()
DAYS = days_from(date(2026, 11, 20), CAR.within_days)
TABLE = Availability.of(
    [row.stored() for row in read_rows(STOCK)],
    as_of=HOUR_MS,
)


@pytest.mark.parametrize(
    ("option", "choice", "region", "code"),
    [
        ("motor", "m300", "west", Code.NOT_LISTED),
        ("wheels", "w20", "west", Code.NOT_AVAILABLE),
        ("motor", "m300", "north", Code.TOO_LATE),
        ("battery", "b95", "north", None),
        ("towbar", "with", "west", None),
    ],
)
def test_each_choice_has_the_reason_of_its_own(
    option: str, choice: str, region: str, code: Code | None
) -> None:
    trouble = choice_trouble(CAR.options[CAR.option_index[option]], TABLE, choice, region, DAYS)

    assert (None if trouble is None else trouble.code) == code


def test_what_could_be_had_until_yesterday_is_no_longer() -> None:
    later = days_from(date(2026, 12, 21), 30)

    trouble = choice_trouble(CAR.options[1], TABLE, "b95", "north", later)

    assert trouble is not None
    assert (trouble.code, "2026-12-20" in trouble.detail) == (Code.NO_LONGER, True)


def test_choices_that_never_meet_have_no_common_day() -> None:
    found = list(undeliverable(CAR, TABLE, {"battery": "b95", "colour": "green"}, "north", DAYS))

    assert [one.code for one in found] == [Code.NO_COMMON_DAY]


def test_rules_are_told_with_their_message_or_in_words() -> None:
    broken = list(incompatibilities(CAR, {"motor": "m300", "battery": "b55"}, "north"))
    silent = replace(CAR.rules[0], message="")

    assert [(one.code, one.options) for one in broken] == [
        ("STRONG_MOTOR_NEEDS_BATTERY", ("motor", "battery"))
    ]
    assert rule_text(CAR, silent) == "Motor 300 kW needs Battery 75 kWh or 95 kWh"
    assert rule_text(CAR, CAR.rules[1]) == "Tow bar Tow bar with Wheels 20 inch cannot be"


def test_a_rule_of_the_south_is_not_asked_in_the_north() -> None:
    choices = {"motor": "m150", "wheels": "w20"}

    assert [one.code for one in incompatibilities(CAR, choices, "south")] == ["SOUTH_WITHOUT_20_INCH"]
    assert list(incompatibilities(CAR, choices, "north")) == []


def test_each_change_says_why() -> None:
    wish = {"motor": "m300", "battery": "b55", "wheels": "w20", "towbar": "with"}

    found = configure(CAR, TABLE, wish, "south", DAYS, HOUR_MS)

    assert found.choices == {
        "motor": "m300",
        "battery": "b75",
        "wheels": "w18",
        "towbar": "with",
        "colour": "white",
    }
    assert [(one.option, one.code) for one in found.changes] == [
        ("battery", "STRONG_MOTOR_NEEDS_BATTERY"),
        ("wheels", "NO_TOW_BAR_ON_20_INCH"),
    ]
    assert (found.distance, found.deliverable_on) == (3 * 0.5 + 1, "2026-12-10")
    assert found.price == 47_000 + 5_200 + 900


def test_a_table_that_was_never_there_or_is_old_promises_nothing() -> None:
    never = configure(CAR, Availability(), {"motor": "m150"}, "north", DAYS, HOUR_MS)
    old = configure(CAR, TABLE, {"motor": "m150"}, "north", DAYS, 26 * HOUR_MS)

    assert (never.choices, never.code) == ({}, Code.AVAILABILITY_UNKNOWN)
    assert (old.choices, old.code) == ({}, Code.AVAILABILITY_STALE)
    assert table_trouble(CAR, TABLE, 25 * HOUR_MS) is None
    assert table_trouble(replace(CAR, max_age_hours=None), TABLE, 9_999 * HOUR_MS) is None


def test_nothing_at_all_says_what_is_missing() -> None:
    empty = Availability.of([AvailabilityRow("motor", "m150", available=False)], HOUR_MS)

    found = configure(CAR, empty, {"motor": "m150"}, "north", DAYS, HOUR_MS)

    assert (found.choices, found.code) == ({}, Code.NOTHING_DELIVERABLE)
    assert "150 kW cannot be had" in found.detail

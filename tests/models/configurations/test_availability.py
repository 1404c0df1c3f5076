"""What the table says of a choice in a region."""

from __future__ import annotations

from models.configurations.availability import ALWAYS, NEVER, Availability, AvailabilityRow, Window
from tests.configured_journey import car

MOTOR, TOWBAR = car().options[0], car().options[3]
TABLE = Availability.of(
    [
        AvailabilityRow("motor", "m150"),
        AvailabilityRow("motor", "m150", "north", available=False),
        AvailabilityRow("motor", "m210", "west", first="2026-12-01"),
    ],
    as_of=7,
)


def test_a_row_of_the_region_wins_over_the_one_for_everywhere() -> None:
    assert TABLE.window(MOTOR, "m150", "west") == ALWAYS
    assert TABLE.window(MOTOR, "m150", "north") == NEVER
    assert TABLE.window(MOTOR, "m150", "") == ALWAYS


def test_what_is_not_listed_in_a_region_is_not_known_there() -> None:
    assert TABLE.window(MOTOR, "m210", "north") is None
    assert TABLE.window(MOTOR, "m210", "west") == Window("2026-12-01", "9999-12-31")


def test_an_option_that_is_not_tracked_is_always_there() -> None:
    assert TABLE.window(TOWBAR, "with", "north") == ALWAYS


def test_windows_meet_or_are_empty() -> None:
    early, late = Window("2026-01-01", "2026-02-01"), Window("2026-02-01", "2026-03-01")

    assert early.within(late) == Window("2026-02-01", "2026-02-01")
    assert not early.within(late).empty
    assert Window("2026-02-02", "2026-02-01").empty

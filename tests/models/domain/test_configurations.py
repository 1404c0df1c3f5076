"""Options and configurations as the journey file states them."""

from __future__ import annotations

from tests.configured_journey import car


def test_a_price_is_the_sum_of_the_choices_that_are_made() -> None:
    assert car().price({"motor": "m210", "battery": "b75", "towbar": "with"}) == 39_000 + 5_200 + 900
    assert car().price({}) == 0


def test_labels_come_in_the_order_of_the_options() -> None:
    assert car().labels({"colour": "red", "motor": "m150"}) == ("150 kW", "Red")


def test_a_choice_has_a_position_and_a_stranger_none() -> None:
    battery = car().options[car().option_index["battery"]]

    assert [battery.position(name) for name in ("b55", "b95", "b10")] == [0, 2, -1]

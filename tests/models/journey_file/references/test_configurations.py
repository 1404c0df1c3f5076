"""Configurators of a journey file: what fits is read, what does not is named."""

from __future__ import annotations

import pytest

from models.errors import JourneyFileError
from models.journey_file import lint_journey, parse_journey
from tests.configured_journey import CAR_JOURNEY, car_journey


def test_options_rules_and_defaults_are_read() -> None:
    journey = car_journey()
    car = journey.configurators[0]

    assert (car.region, car.within_days, car.max_age_hours) == ("region", 90, 24)
    assert [option.default for option in car.options] == ["m150", "b55", "w18", "without", "white"]
    assert car.rules[0].needs == {"battery": ("b75", "b95")}
    assert (car.rules[1].needs, car.rules[2].regions) == ({}, ("south",))
    assert journey.configured_actions == {"car": ("car_offer",)}


WRONG = [
    ("configuration: car", "configuration: cart", "actions.car_offer.configuration", "did you mean car?"),
    ("region: region", "region: land", "configurations.car.region", "an attribute"),
    ("wish: wished_motor", "wish: wished_moto", "options.motor.wish", "did you mean wished_motor?"),
    ("values: [m150, m210, m300]", "values: [m150, m310]", "options.motor.wish", "m310"),
    (", values: [m150, m210, m300]", "", "options.motor.wish", "with values"),
    ("needs: {battery: [b75, b95]}", "needs: {battery: [b75, b99]}", "needs.battery[1]", "b99"),
    ("needs: {battery: [b75, b95]}", "needs: {accu: [b75]}", "rules[0].needs", "accu"),
    ("needs: {battery: [b75, b95]}", "needs: {motor: [m300]}", "rules[0].needs.motor", "one side"),
    ("needs: {battery: [b75, b95]}", "needs: {battery: []}", "needs.battery", "at least one"),
    ("code: NO_TOW_BAR_ON_20_INCH", "code: STRONG_MOTOR_NEEDS_BATTERY", "rules[1].code", "of its own"),
    ("weight: 4", "weight: 0", "options.motor.weight", "above 0"),
    ("within_days: 90", "within_days: 9.5", "within_days", "whole"),
    ("weight: 4", "default: m999", "options.motor.default", "m999"),
]


@pytest.mark.parametrize(("old", "new", "field", "says"), WRONG)
def test_what_does_not_fit_is_named(old: str, new: str, field: str, says: str) -> None:
    assert old in CAR_JOURNEY
    with pytest.raises(JourneyFileError) as raised:
        parse_journey(CAR_JOURNEY.replace(old, new, 1).encode(), "car.yaml")

    assert field in str(raised.value)
    assert says in str(raised.value)


def findings(text: str) -> list[str]:
    journey = parse_journey(text.encode(), "car.yaml")
    return [one.code for one in lint_journey(journey, "car.yaml", text.encode())]


def test_a_choice_that_no_configuration_can_have_is_a_warning() -> None:
    text = CAR_JOURNEY.replace("when: {motor: [m300]}", "when: {motor: [m300], battery: [b75, b95]}", 1)
    text = text.replace("needs: {battery: [b75, b95]}", "needs: {wheels: [w18]}", 1)
    never = text.replace("needs: {wheels: [w18]}", "", 1).replace(
        "when: {motor: [m300], battery: [b75, b95]}", "when: {motor: [m300]}", 1
    )

    assert "CHOICE_IMPOSSIBLE" in findings(never)
    assert "CHOICE_IMPOSSIBLE" not in findings(CAR_JOURNEY)


def test_a_configurator_that_no_action_speaks_of_is_a_warning() -> None:
    assert "CONFIGURATION_UNUSED" in findings(CAR_JOURNEY.replace("    configuration: car\n", ""))

"""An answer says all of a configuration."""

from __future__ import annotations

from models.domain.configurations import Change, Configured
from nba_service.decisions.configurations.coding import configuration_answer

CHANGE = Change(option="motor", wished="m300", chosen="m210", code="TOO_LATE", detail="later")
CAR = Configured(
    configurator="car",
    region="north",
    wish={"motor": "m300"},
    choices={"motor": "m210"},
    changes=(CHANGE,),
    distance=2.0,
    price=39_000.0,
    deliverable_on="2026-11-20",
    as_of=1_763_632_800_000,
)


def test_an_answer_without_a_configuration_has_a_reason_and_no_price() -> None:
    none = Configured(
        configurator="car", region="", wish={}, choices={}, code="AVAILABILITY_UNKNOWN", detail="no table"
    )
    answer = configuration_answer(none)

    assert (answer["price"], answer["region"], answer["availability_as_of"]) == (None, None, None)
    assert (answer["code"], answer["detail"]) == ("AVAILABILITY_UNKNOWN", "no table")
    assert configuration_answer(CAR)["changes"][0]["chosen"] == "m210"

"""An answer says all of a configuration."""

from __future__ import annotations

from models.domain.configurations import Configured
from nba_service.decisions.configurations.coding import configuration_answer
from tests.configured_journey import CAR


def test_an_answer_without_a_configuration_has_a_reason_and_no_price() -> None:
    none = Configured(
        configurator="car", region="", wish={}, choices={}, code="AVAILABILITY_UNKNOWN", detail="no table"
    )
    answer = configuration_answer(none)

    assert (answer["price"], answer["region"], answer["availability_as_of"]) == (None, None, None)
    assert (answer["code"], answer["detail"]) == ("AVAILABILITY_UNKNOWN", "no table")
    assert configuration_answer(CAR)["changes"][0]["chosen"] == "m210"

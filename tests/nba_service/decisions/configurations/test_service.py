"""Checks, uploads and the table that is told."""

from __future__ import annotations

import pytest

from nba_service.decisions.configurations.csv_rows import read_rows
from nba_service.decisions.configurations.rows import AvailabilityCall
from nba_service.decisions.configurations.service import CheckCall, UploadCall, goes_together
from nba_service.errors import Problem
from nba_service.services import Services
from tests.configured_journey import STOCK, car


@pytest.fixture
def stocked(service: Services) -> Services:
    service.configurations.upload("car", UploadCall(rows=tuple(read_rows(STOCK))))
    return service


def test_what_can_be_had_is_deliverable_as_it_is(stocked: Services) -> None:
    call = CheckCall(configurator="car", region="north", choices={"motor": "m210", "colour": "red"})
    answer = stocked.configurations.check(call)

    assert (answer["together"], answer["deliverable"], answer["complete"]) == (True, True, False)
    assert (answer["problems"], answer["price"]) == ([], 39_600)
    assert answer["nearest"]["choices"]["colour"] == "red"


def test_a_day_that_comes_earlier_makes_it_undeliverable(stocked: Services, clock: object) -> None:
    from datetime import date

    wish = {"battery": "b75"}
    later = stocked.configurations.check(
        CheckCall(configurator="car", choices=wish, until=date(2026, 12, 10))
    )
    sooner = stocked.configurations.check(
        CheckCall(configurator="car", choices=wish, until=date(2026, 12, 9))
    )

    assert (later["deliverable"], sooner["deliverable"]) == (True, False)
    assert [one["code"] for one in sooner["problems"]] == ["TOO_LATE"]
    with pytest.raises(Problem):
        stocked.configurations.check(CheckCall(configurator="car", choices=wish, until=date(2026, 11, 19)))


def test_the_region_is_the_customers_unless_another_is_asked_for(stocked: Services) -> None:
    from nba_service.store.rows import CustomerRow

    row = CustomerRow(customer_id="ada", attributes={"region": "west"})
    stocked.store.plain.put_customers([row])
    wish = {"colour": "red"}

    own = stocked.configurations.check(CheckCall(configurator="car", choices=wish, customer_id="ada"))
    other = stocked.configurations.check(
        CheckCall(configurator="car", choices=wish, customer_id="ada", region="south", count=False)
    )

    assert (own["region"], own["deliverable"], own["counted"]) == ("west", False, True)
    assert (other["region"], other["deliverable"], other["counted"]) == ("south", True, False)


def test_together_looks_at_rules_alone_and_finds_what_no_rule_says_by_itself() -> None:
    assert goes_together(car(), {"motor": "m300", "battery": "b95"}, "west") == (True, [])
    assert goes_together(car(), {"wheels": "w20", "motor": "m150"}, "north")[0]
    together, why = goes_together(car(), {"wheels": "w20", "motor": "m150"}, "south")
    assert (together, [one.code for one in why]) == (False, ["SOUTH_WITHOUT_20_INCH"])


def test_unknown_names_and_times_that_cannot_be_are_refused(service: Services, clock: object) -> None:
    from datetime import UTC, datetime

    rows = (AvailabilityCall("motor", "m150"),)
    for call in (
        lambda: service.configurations.upload("bike", UploadCall(rows=rows)),
        lambda: service.configurations.check(CheckCall(configurator="bike")),
        lambda: service.configurations.check(CheckCall(configurator="car", choices={"roof": "x"})),
        lambda: service.configurations.upload(
            "car", UploadCall(rows=rows, as_of=datetime(2027, 1, 1, tzinfo=UTC))
        ),
        lambda: service.configurations.availability("bike", None),
    ):
        with pytest.raises(Problem):
            call()
    assert service.configurations.availability("car", None)["rows"] == []


def test_the_table_is_told_with_its_age(stocked: Services) -> None:
    answer = stocked.configurations.availability("car", "west")

    assert (answer["age_hours"], answer["code"]) == (0, None)
    assert {row["region"] for row in answer["rows"]} == {"*", "west"}

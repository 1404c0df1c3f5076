"""A wish is what attributes say; searches are kept as long as table, wish and day are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.configurations.availability import Availability, AvailabilityRow
from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.interaction import Customer
from models.policy.batch.deliverable import Search, Searches, Tables, configured_for, region_of, wish_of
from tests.configured_journey import car, car_journey

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
WISH = {"region": "north", "wished_motor": "m300", "wished_battery": "b95"}


def request_of(**attributes: str) -> DecisionRequest:
    customer = Customer(customer_id="ada", attributes={**WISH, **attributes})
    return DecisionRequest(decision_id="d", customer=customer, decided_at=AT)


def tables(turn: int, *missing: str) -> Tables:
    rows = [
        AvailabilityRow(option.name, choice.name)
        for option in car().options
        for choice in option.choices
        if choice.name not in missing
    ]
    return Tables(turn, {"car": Availability.of(rows, to_ms(AT))})


class Counted(Searches):
    """Counts what had to be searched."""

    searched = 0

    def keep(self, search: Search, configured: Configured) -> None:
        self.searched += 1
        super().keep(search, configured)


def test_wishes_are_attributes_that_name_a_choice() -> None:
    attributes = {"wished_motor": "m210", "wished_battery": 75, "wished_wheels": "w99", "region": "west"}

    assert wish_of(car(), attributes) == {"motor": "m210"}
    assert (region_of(car(), attributes), region_of(car(), {})) == ("west", "")


def test_what_was_searched_counts_for_the_same_wish_day_and_table() -> None:
    searches, journey = Counted(), car_journey()
    first = configured_for(journey, tables(1), request_of(), searches)["car"]
    again = configured_for(journey, tables(1), request_of(), searches)["car"]
    assert (first.choices["motor"], first == again, searches.searched) == ("m300", True, 1)

    other = configured_for(journey, tables(2, "m300"), request_of(), searches)["car"]
    tomorrow = replace(request_of(), decided_at=AT + timedelta(days=1))
    configured_for(journey, tables(2, "m300"), tomorrow, searches)
    configured_for(journey, tables(2, "m300"), request_of(wished_motor="m150"), searches)
    assert (other.choices["motor"], searches.searched) == ("m210", 4)


def test_without_a_table_nothing_is_promised_and_nothing_kept() -> None:
    searches = Counted()
    found = configured_for(car_journey(), Tables(), request_of(), searches)["car"]
    assert (found.choices, found.code, searches.searched) == ({}, "AVAILABILITY_UNKNOWN", 0)

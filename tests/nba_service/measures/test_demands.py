"""Who asked in vain counts once, few are hidden, and the forecast begins where counting began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.domain.history import to_ms
from nba_service.measures.demands import demand
from nba_service.measures.questions import Question
from nba_service.services import Services
from nba_service.store.records.configurations import ConfigurationTable, Wish
from tests.configured_journey import car_journey

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(days_ago: float) -> int:
    return to_ms(NOW - timedelta(days=days_ago))


@pytest.fixture
def table(parts: Services) -> ConfigurationTable:
    return parts.store.plain.configurations


def wish(customer: str, days_ago: float, *, deliverable: bool = False, region: str = "north") -> Wish:
    return Wish("car", region, '{"motor":"m300"}', customer, deliverable, at(days_ago))


def test_nothing_wished_is_an_empty_measure(table: ConfigurationTable) -> None:
    answer = demand(table, Question(), car_journey(), NOW)

    assert (answer["state"], answer["regions"], answer["period"]) == ("empty", [], None)


def test_the_rate_is_of_the_days_since_counting_began(table: ConfigurationTable) -> None:
    table.note_wishes([wish(f"c-{n}", n / 10) for n in range(100)])

    answer = demand(table, Question(days=28, hide_below=0), car_journey(), NOW)

    assert answer["period"]["days"] == 10
    row = answer["regions"][0]
    assert (row["customers"], row["share"]) == (100, 1.0)
    assert row["forecast"]["value"] == pytest.approx(28 * 100.5 / 10)


def test_deliverable_wishes_count_as_asked_alone(table: ConfigurationTable) -> None:
    table.note_wishes([wish("ada", 3), wish("ada", 2, deliverable=True), wish("bob", 1, deliverable=True)])

    row = demand(table, Question(hide_below=0), car_journey(), NOW)["combinations"][0]

    assert (row["asked"], row["customers"], row["share"]) == (2, 1, 0.5)
    assert row["label"] == "Motor: 300 kW"


def test_few_customers_are_hidden(table: ConfigurationTable) -> None:
    table.note_wishes(
        [wish(f"c-{n}", 1) for n in range(19)] + [wish(f"d-{n}", 1, region="") for n in range(20)]
    )

    rows = demand(table, Question(), car_journey(), NOW)["regions"]

    assert [(row["region"], row["customers"]) for row in rows] == [(None, 20), ("north", None)]
    assert rows[1]["forecast"] is None


def test_a_combination_that_the_file_no_longer_has_keeps_its_names(table: ConfigurationTable) -> None:
    table.note_wishes([Wish("bike", "x", '{"frame":"steel"}', "ada", False, at(1))])

    row = demand(table, Question(hide_below=0), car_journey(), NOW)["combinations"][0]

    assert row["label"] == "frame: steel"

"""Of several rows of a customer the store takes the newest that has begun."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nba_service.data.parquet_reading import read_rows
from nba_service.data.row_checks import RowChecks
from nba_service.data.tables import COLUMNS
from nba_service.errors import TransferError
from tests.nba_service.data.test_parquet_reading import AT, MS, REQUIRED, file, rows

DAY, YEAR = timedelta(days=1), timedelta(days=365)


def test_of_several_rows_of_a_customer_the_newest_that_has_begun_is_taken(tmp_path: Path) -> None:
    """c-1 has three states, the last begins tomorrow; c-2 begins tomorrow; c-3 always was as it is."""
    versions = '[{"valid_from": "2026-01-01T00:00:00+00:00", "attributes": {"age": 7}}]'
    columns: dict[str, list[object]] = {
        "customer_id": ["c-1", "c-1", "c-2", "c-1", "c-3", "c-4"],
        "valid_from": [AT - YEAR, AT - DAY, AT + DAY, AT + DAY, None, AT + DAY],
        "attributes": ['{"age": 1}', '{"age": 2}', '{"age": 5}', '{"age": 3}', '{"age": 4}', '{"age": 8}'],
        "attribute_versions": [None, None, None, None, None, versions],
    }

    parts = rows("customers", file(tmp_path, columns), chunk=2)

    found = {row["customer_id"]: row["attributes"] for part in parts for row in part}
    assert found == {"c-1": '{"age":2}', "c-2": "{}", "c-3": '{"age":4}', "c-4": '{"age":7}'}
    assert sum(map(len, parts)) == 4


def test_what_is_wrong_with_a_row_that_does_not_hold_is_of_no_interest(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "customer_id": ["c-1", "c-1"],
        "valid_from": [AT - YEAR, AT - DAY],
        "attributes": ["no JSON", '{"age": 2}'],
    }
    checks = RowChecks(columns=COLUMNS["customers"], required=REQUIRED["customers"])

    ((row,),) = read_rows("customers", file(tmp_path, columns), checks, 10, MS)

    assert row["attributes"] == '{"age":2}'
    assert checks.problems == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"valid_from": [datetime(2026, 1, 1)]}, "time zone in valid_from"),  # noqa: DTZ001 - what is refused
        ({"attribute_versions": ["[1]"]}, "attribute_versions as `nba tables` writes"),
        ({"attribute_versions": ['[{"valid_from": "2026-01-01", "attributes": {}}]']}, "with its zone"),
    ],
)
def test_versions_that_cannot_be_read_are_named(
    tmp_path: Path, changed: dict[str, list[object]], says: str
) -> None:
    columns: dict[str, list[object]] = {"customer_id": ["c-1"], "valid_from": [AT], "attributes": ["{}"]}

    with pytest.raises(TransferError, match=says):
        rows("customers", file(tmp_path, columns | changed))

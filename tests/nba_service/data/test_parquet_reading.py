"""Rows come in the form that the store holds; what is wrong with a file names it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_service.data.parquet_reading import read_rows
from nba_service.data.row_checks import RowChecks
from nba_service.data.tables import COLUMNS
from nba_service.errors import TransferError

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MS = 1_795_176_000_000
REQUIRED = {
    "interactions": ("interaction_id", "customer_id", "occurred_at", "touchpoint"),
    "decisions": ("decision_id", "customer_id", "decided_at", "action"),
    "customers": ("customer_id",),
}


def rows(table: str, path: Path, chunk: int = 100) -> list[list[dict[str, object]]]:
    return list(
        read_rows(table, path, RowChecks(columns=COLUMNS[table], required=REQUIRED[table]), chunk, MS)
    )


def file(folder: Path, columns: Mapping[str, list[object]]) -> Path:
    path = folder / "rows.parquet"
    pq.write_table(pa.table(dict(columns)), path)
    return path


def visits(number: int, **changed: list[object]) -> dict[str, list[object]]:
    return {
        "interaction_id": [f"i-{n}" for n in range(number)],
        "customer_id": ["c-1"] * number,
        "occurred_at": [AT] * number,
        "touchpoint": ["visit"] * number,
        **changed,
    }


def test_times_are_milliseconds_and_missing_columns_are_null(tmp_path: Path) -> None:
    ((row,),) = rows("interactions", file(tmp_path, visits(1)))

    assert (row["occurred_at"], row["interaction_id"]) == (MS, "i-0")
    assert row["channel"] is None
    assert list(row) == list(COLUMNS["interactions"])


def test_a_large_file_comes_in_chunks(tmp_path: Path) -> None:
    assert [len(chunk) for chunk in rows("interactions", file(tmp_path, visits(5)), chunk=2)] == [2, 2, 1]


def test_numbers_that_are_ids_become_texts(tmp_path: Path) -> None:
    ((row,),) = rows("interactions", file(tmp_path, visits(1, customer_id=[815])))
    assert row["customer_id"] == "815"


def test_a_decision_of_nothing_is_no_contact(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "decision_id": ["d-1", "d-2"],
        "customer_id": ["c", "c"],
        "decided_at": [AT, AT],
        "action": ["nothing", "teaser"],
        "channel": [None, "email"],
    }
    ((nothing, teaser),) = rows("decisions", file(tmp_path, columns))

    assert (nothing["contacts"], teaser["contacts"]) == ("[]", '[["teaser","email"]]')
    assert (teaser["request"], teaser["answer"], teaser["state"]) == (None, None, None)


def test_a_customer_without_attributes_has_none(tmp_path: Path) -> None:
    ((row,),) = rows("customers", file(tmp_path, {"customer_id": ["c-1"]}))
    assert (row["attributes"], row["consent"], row["updated_at"]) == ("{}", "{}", 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"occurred_at": [datetime(2026, 11, 20)]}, "expected times with a time zone in occurred_at"),  # noqa: DTZ001
        ({"occurred_at": ["yesterday"]}, "expected times with a time zone in occurred_at"),
        ({"touchpoint": [{"a": 1}]}, "expected string in touchpoint"),
    ],
)
def test_a_column_of_another_type_names_file_and_column(
    tmp_path: Path, changed: dict[str, list[object]], said: str
) -> None:
    path = file(tmp_path, visits(1, **changed))
    with pytest.raises(TransferError, match=said) as raised:
        rows("interactions", path)
    assert str(path) in str(raised.value)


def test_a_missing_column_and_a_file_that_is_none(tmp_path: Path) -> None:
    columns = visits(1)
    del columns["touchpoint"]
    with pytest.raises(TransferError, match="got none called touchpoint"):
        rows("interactions", file(tmp_path, columns))
    (tmp_path / "no.parquet").write_bytes(b"PAR1 is not enough")
    with pytest.raises(TransferError, match="expected a Parquet file"):
        rows("interactions", tmp_path / "no.parquet")

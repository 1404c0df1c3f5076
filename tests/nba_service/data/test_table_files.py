"""Which files an import reads; what it does not read is named, with what to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nba_service.data.table_files import table_files, unread_line
from nba_service.errors import TransferError

TABLES = ("customers", "interactions")


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_a_table_is_a_file_or_a_folder_of_files(tmp_path: Path) -> None:
    put(tmp_path, "customers.parquet", "interactions/2026-11.parquet", "interactions/2026-10.parquet")

    files = table_files(tmp_path, TABLES)

    assert files.read == {
        "customers": (tmp_path / "customers.parquet",),
        "interactions": (
            tmp_path / "interactions/2026-10.parquet",
            tmp_path / "interactions/2026-11.parquet",
        ),
    }
    assert files.unread == ()


@pytest.mark.parametrize(
    "name",
    [
        *("interactions.csv", "CUSTOMERS.CSV", "interactions.csv.gz", "all.zip", "a.jsonl"),
        *("interactions/2026-11.csv", "interactions/2026/11/01.json", "exports/events.csv"),
        *("customer.parquet", "book.xlsx"),
    ],
)
def test_every_other_file_of_data_is_named(tmp_path: Path, name: str) -> None:
    put(tmp_path, "customers.parquet", "rejects.jsonl", "truth.json", "journey.yaml", ".hidden.csv", name)

    files = table_files(tmp_path, TABLES)

    assert files.unread == (tmp_path / name,)
    line = unread_line(tmp_path, files.unread)
    assert f"not read: {name}; expected Parquet tables" in line
    assert f"`nba tables --config training.yaml --data {tmp_path} --out OUT`" in line
    assert "then `nba import OUT`" in line
    assert "\n" not in line


def test_of_many_files_the_first_are_named(tmp_path: Path) -> None:
    put(tmp_path, "customers.parquet", *(f"{at}.csv" for at in range(5)))

    assert "not read: 0.csv, 1.csv, 2.csv and 2 more;" in unread_line(
        tmp_path, table_files(tmp_path, TABLES).unread
    )


@pytest.mark.parametrize(
    ("names", "named", "said"),
    [
        ([], "", "got none of them. `nba tables"),
        (["customers.csv"], "", "got customers.csv. `nba tables"),
        (["exports/customers.zip"], "", "got exports/customers.zip. `nba tables"),
        (["customers.csv"], "customers.csv", "got a file. `nba tables"),
        (["customers.csv.gz"], "customers.csv.gz", "got a file. `nba tables"),
        (["customers.parquet"], "customers.parquet", "which has it"),
    ],
)
def test_without_a_table_there_is_nothing_to_import(
    tmp_path: Path, names: list[str], named: str, said: str
) -> None:
    put(tmp_path, *names)

    with pytest.raises(TransferError) as caught:
        table_files(tmp_path / named, TABLES)

    assert f"{tmp_path / named}: expected a folder with customers.parquet" in str(caught.value) or named == ""
    assert said in str(caught.value)

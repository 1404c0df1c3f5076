"""Files of a table appear when all are written, and those of an earlier export go."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_service.data.parquet_writing import MONTHS_OPEN, ParquetFiles
from nba_service.errors import TransferError

COLUMNS = {"id": "string", "value": "double", "at": "time"}
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def write(folder: Path, files: dict[str, list[dict[str, object]]]) -> None:
    with contextlib.ExitStack() as stack:
        written = ParquetFiles(folder, "things", COLUMNS, ("id",), stack)
        for target, rows in files.items():
            written.write(target, rows)
        assert len(written) == len(files)
        assert not list(folder.rglob("[!.]*.parquet")), "nothing has its name before all are written"
    written.publish()


def test_columns_have_their_types_and_what_is_required_is_never_null(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"things.parquet": [{"id": "a", "value": 1.5, "at": AT}, {"id": "b", "value": None, "at": None}]},
    )
    table = pq.read_table(tmp_path / "things.parquet")

    assert table.to_pylist() == [{"id": "a", "value": 1.5, "at": AT}, {"id": "b", "value": None, "at": None}]
    assert table.schema.field("at").type == pa.timestamp("ms", tz="UTC")
    assert [field.nullable for field in table.schema] == [False, True, True]


def test_a_table_without_rows_is_an_empty_file(tmp_path: Path) -> None:
    write(tmp_path, {"things.parquet": []})
    assert pq.read_table(tmp_path / "things.parquet").num_rows == 0


def test_files_of_an_earlier_export_go(tmp_path: Path) -> None:
    row = {"id": "a", "value": None, "at": AT}
    write(tmp_path, {"things/2026-10.parquet": [row], "things/2026-11.parquet": [row]})
    (tmp_path / "others.parquet").touch()
    with contextlib.ExitStack() as stack:
        written = ParquetFiles(tmp_path, "things", COLUMNS, ("id",), stack)
        written.write("things/2026-11.parquet", [row, row])
    written.publish()

    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.parquet")) == [
        "others.parquet",
        "things/2026-11.parquet",
    ]
    assert pq.read_table(tmp_path / "things/2026-11.parquet").num_rows == 2


def test_times_that_are_wrong_do_not_open_files_without_end(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        written = ParquetFiles(tmp_path, "things", COLUMNS, ("id",), stack)
        for number in range(MONTHS_OPEN):
            written.write(f"things/{number}.parquet", [])
        with pytest.raises(TransferError, match="Look for times that are wrong"):
            written.write("things/one-more.parquet", [])

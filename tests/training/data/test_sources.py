"""Sources: types come from every row, what fits two readings stays a text, and what was found is said."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.errors import TrainingDataError
from training.config import Source, TrainingConfig
from training.data.load import load_tables

MANY = 21_000
"""More rows than a reader that looks at a sample would look at."""


def load(
    folder: Path, content: bytes, name: str = "events.csv", sql: str = "SELECT * FROM events", **source: Any
) -> Any:
    (folder / name).write_bytes(content)
    said: list[str] = []
    config = TrainingConfig(
        source="training.yaml",
        folder=folder,
        journey=None,
        time_zone=None,
        sources={"events": Source(files=(name,), **source)},
        tables={"interactions": "SELECT * FROM events"},
    )
    return load_tables(config, folder, say=said.append)["interactions"], said


def values(folder: Path, *texts: str, **source: Any) -> list[Any]:
    """What the values of one column become, after many that are whole numbers where the first is."""
    rows = "".join(f'"{text}"\n' for text in texts)
    table, _ = load(folder, f"x\n{rows}".encode(), **source)
    return list(table["x"].to_pylist())


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "-2", "0"], [1, -2, 0]),
        (["1", "19.99", "0.4"], [Decimal("1.00"), Decimal("19.99"), Decimal("0.40")]),
        (["100001", "0100001"], ["100001", "0100001"]),
        (["+4917012345", "4917012345"], ["+4917012345", "4917012345"]),
        (["1", ""], [1, None]),
        (["1234567890123456789012"], ["1234567890123456789012"]),
        (["true", "FALSE"], [True, False]),
        (["yes", "no"], ["yes", "no"]),
        (["2026-03-01"], [date(2026, 3, 1)]),
        (["2026-03-01", "2026-03-02 23:59"], [datetime(2026, 3, 1), datetime(2026, 3, 2, 23, 59)]),  # noqa: DTZ001
        (["2026-03-01T10:00:00Z", "2026-03-01 10:00:00+01:00"], None),
        (["2026-03-01T10:00:00Z", "2026-03-01 10:00:00"], ["2026-03-01T10:00:00Z", "2026-03-01 10:00:00"]),
        (["03/12/2026", "13/12/2026"], ["03/12/2026", "13/12/2026"]),
        (["2026-02-30"], ["2026-02-30"]),
        (["19,99", "5"], [Decimal("19.99"), Decimal("5.00")]),
        (["1.234,56", "1.234"], [Decimal("1234.56"), Decimal("1234.00")]),
        (["1,234", "5,678"], ["1,234", "5,678"]),
        (["1e3", "2"], [1000.0, 2.0]),
        (["NaN", "1"], ["NaN", "1"]),
    ],
)
def test_what_can_be_read_in_one_way_has_that_type(
    tmp_path: Path, texts: list[str], expected: list[Any] | None
) -> None:
    wanted = expected or [datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)]
    assert values(tmp_path, *texts) == wanted


@pytest.mark.parametrize("late", ["19.99", "0100001", "none", "2026-03-01"])
def test_the_last_row_counts_as_much_as_the_first(tmp_path: Path, late: str) -> None:
    found = values(tmp_path, *(["7"] * MANY), late)

    assert str(found[-1]) == late
    assert set(map(str, found[:-1])) <= {"7", "7.00"}


def test_a_decimal_comma_in_one_column_makes_a_thousand_possible_in_another(tmp_path: Path) -> None:
    table, said = load(tmp_path, b"a;b\n1,5;1.234\n2,5;5.678\n")

    assert table.to_pydict() == {
        "a": [Decimal("1.5"), Decimal("2.5")],
        "b": [Decimal("1234.0"), Decimal("5678.0")],
    }
    assert "decimal comma" in said[0]


def test_the_decimal_sign_may_be_stated(tmp_path: Path) -> None:
    assert values(tmp_path, "1,234", "5,678", decimal=",") == [Decimal("1.234"), Decimal("5.678")]


def test_a_format_of_times_may_be_stated(tmp_path: Path) -> None:
    found = values(tmp_path, "03/12/2026 18:04", "soon", formats={"x": "%d/%m/%Y %H:%M"})

    assert found == ["2026-12-03T18:04:00.000000", "soon"]


def test_what_was_found_is_said(tmp_path: Path) -> None:
    content = "customer_id;name;amount\n0100001;Zoë;1,50\n".encode("cp1252")
    table, said = load(tmp_path, content)

    assert table.to_pylist() == [{"customer_id": "0100001", "name": "Zoë", "amount": Decimal("1.50")}]
    assert said == [
        "source events: cp1252, semicolon; customer_id text, name text, amount numbers with a decimal comma"
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("packed", ["", ".gz", ".zip"])
def test_files_are_read_as_they_were_saved(tmp_path: Path, encoding: str, packed: str) -> None:
    plain = "sep=;\nid;name\n1;Zoë\n".encode(encoding)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("events.csv", plain)
    content = {"": plain, ".gz": gzip.compress(plain), ".zip": archive.getvalue()}[packed]
    name = {"": "events.csv", ".gz": "events.csv.gz", ".zip": "events.zip"}[packed]

    assert load(tmp_path, content, name)[0].to_pylist() == [{"id": 1, "name": "Zoë"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,a\n1,2\n", "a again"),
        (b"a;b,c\n1;2,3\n", "State `delimiter`"),
        (b"a,b\n1,\x81\n", "State `encoding`"),
    ],
)
def test_what_can_be_meant_in_two_ways_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(TrainingDataError, match=said):
        load(tmp_path, content)


def test_json_has_the_types_of_every_row_too(tmp_path: Path) -> None:
    rows = "".join('{"id": "7", "at": "2026-03-01"}\n' for _ in range(MANY))
    table, _ = load(tmp_path, (rows + '{"id": "07", "at": "03/12/2026", "n": 1}\n').encode(), "events.jsonl")

    assert table.slice(MANY).to_pylist() == [{"id": "07", "at": "03/12/2026", "n": 1}]
    assert table["at"][0].as_py() == "2026-03-01"

"""Files of availability as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nba_service.decisions.configurations.csv_rows import read_rows
from nba_service.decisions.configurations.rows import AvailabilityCall
from nba_service.errors import TransferError
from tests.configured_journey import STOCK


def test_the_file_of_the_example_is_read() -> None:
    rows = list(read_rows(STOCK))

    assert len(rows) == 15
    assert rows[2] == AvailabilityCall("motor", "m300", "north", True, "2027-06-01", None)
    assert rows[0].region == "*"


def test_semicolons_a_byte_order_mark_and_few_columns_do(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("\ufeffchoice;option;available\r\nm150;motor;NO\r\n", encoding="utf-8")

    assert list(read_rows(file)) == [AvailabilityCall("motor", "m150", "*", False)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "a header"),
        (b"option,region\nmotor,x\n", "a header with option, choice"),
        (b"option,choice,stock\nmotor,m150,3\n", "stock"),
        (b"option,choice,option\nmotor,m150,x\n", "each once"),
        (b"option,choice,available\nmotor,m150,maybe\n", "line 2: available"),
        (b"option,choice\nmotor\n", "line 2: expected a value for each column"),
        (b"option,choice\nmotor,m150,more\n", "line 2: expected a value for each column"),
        (b"option,choice\n\xff\xfe,m150\n", "expected UTF-8"),
        (b'option,choice\n"motor,m150\n', "expected CSV"),
    ],
)
def test_what_is_no_table_of_availability_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(content)

    with pytest.raises(TransferError) as raised:
        list(read_rows(file))
    assert says in str(raised.value)

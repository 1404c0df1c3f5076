"""Text tables are read as they were saved, or refused with what to state."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.text_tables import TextTableError, read_text_table

ROWS = [["id", "name"], ["0100001", "Zoë"], ["c-2", "a;b, c"]]


def table(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def written(delimiter: str) -> str:
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in ROWS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("packed", ["", "gzip", "zip"])
def test_a_table_is_read_however_it_was_saved(
    tmp_path: Path, delimiter: str, encoding: str, packed: str
) -> None:
    plain = written(delimiter).encode(encoding)
    content = {"": plain, "gzip": gzip.compress(plain), "zip": zipped(list=plain)}[packed]

    found = read_text_table(table(tmp_path / "list", content))

    assert [cells for _, cells in found.records()] == ROWS
    assert (found.delimiter, found.packed, found.first) == (delimiter, packed, ("id", "name"))
    assert encoding.removesuffix("-sig") in str(found)


@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 3_000_000))
def test_a_sign_at_any_place_decides_the_encoding(tmp_path: Path, before: int) -> None:
    """Types and encodings never come from a sample."""
    content = b"id,name\n" + b"x" * before + ",Zoë\n".encode("cp1252")

    assert read_text_table(table(tmp_path / "list.csv", content)).encoding == "cp1252"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b,c\n1;2,3\n", "State `delimiter`"),
        (b"a,b\n1,\x81\n", "State `encoding`"),
        (b"a,b\n1,\x00\x00\x00\n", "zero bytes"),
        (zipped(one=b"a", two=b"b"), "one file in the zip, got 2"),
        (zipped(**{"[Content_Types].xml": b""}), "workbook"),
        (gzip.compress(b"a,b\n" * 999)[:-9], "ended before"),
    ],
)
def test_what_cannot_be_read_or_in_two_ways_says_what_to_do(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(TextTableError, match=said):
        list(read_text_table(table(tmp_path / "list.csv", content)).records())


def test_what_is_stated_is_taken(tmp_path: Path) -> None:
    path = table(tmp_path / "list.csv", "a;b,c\n1;2,ł\n".encode("cp1250"))

    found = read_text_table(path, encoding="cp1250", delimiter=",")

    assert [cells for _, cells in found.records()] == [["a;b", "c"], ["1;2", "ł"]]
    with pytest.raises(TextTableError, match="expected an encoding"):
        read_text_table(path, encoding="klingon")

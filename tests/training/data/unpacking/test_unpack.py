"""What is packed is unpacked; what is broken is named."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from models.errors import TrainingDataError
from training.data.unpacking.unpack import is_packed, unpack

LOG = '<log><trace><event><string key="concept:name" value="a"/></event></trace></log>'


def test_a_log_in_gzip_and_in_a_zip_gives_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "log.xes.gz").write_bytes(gzip.compress(LOG.encode()))
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as packed:
        packed.writestr("__MACOSX/._log.xes", "x")
        packed.writestr("log.xes", LOG)

    rows = []
    for name in ("log.xes.gz", "log.zip"):
        assert is_packed(tmp_path / name)
        target = unpack(tmp_path / name, tmp_path / f"out-{name}")
        rows.append([json.loads(line) for line in target.read_text().splitlines()])

    assert rows[0] == rows[1] == [{"event_row": 1, "concept_name": "a", "time_timestamp": None}]


def test_json_lines_in_a_zip_are_copied_and_csv_is_left_to_others(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("rows.jsonl", '{"a": 1}\n')
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("rows.csv", "a\n1\n")

    assert unpack(tmp_path / "a.zip", tmp_path / "out").read_text() == '{"a": 1}\n'
    assert not is_packed(tmp_path / "b.zip")
    assert not is_packed(tmp_path / "rows.parquet")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("log.xes.gz", b"\x1f\x8bbroken", "whole packed file"),
        ("log.xes", b"<log><trace>", "broken"),
        ("log.xes", b"<log></log>", "expected rows"),
        ("rows.avro", b"Obj", "Avro"),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(TrainingDataError) as raised:
        unpack(tmp_path / name, tmp_path / "out")
    assert name in str(raised.value)
    assert says in str(raised.value)

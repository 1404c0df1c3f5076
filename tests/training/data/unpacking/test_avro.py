"""Records of Avro files, as JSON can hold them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import TrainingDataError
from training.data.unpacking.avro import avro_rows

fastavro = pytest.importorskip("fastavro", reason="the extra avro is not installed")


def written(path: Path, schema: object, rows: list[object]) -> Path:
    with path.open("wb") as file:
        fastavro.writer(file, schema, rows)
    return path


def test_times_bytes_and_nested_records_become_plain(tmp_path: Path) -> None:
    inner = {
        "type": "record",
        "name": "I",
        "fields": [{"name": "tags", "type": {"type": "array", "items": "bytes"}}],
    }
    fields = [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "inner", "type": inner},
    ]
    row = {"at": datetime(2026, 3, 2, 8, tzinfo=UTC), "inner": {"tags": [b"x"]}}
    path = written(tmp_path / "a.avro", {"type": "record", "name": "R", "fields": fields}, [row])

    assert list(avro_rows(path)) == [{"at": "2026-03-02T08:00:00+00:00", "inner": {"tags": ["x"]}}]


def test_values_that_are_no_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="expected records"):
        list(avro_rows(written(tmp_path / "a.avro", "string", ["x"])))


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)

    with pytest.raises(TrainingDataError, match=r"\[avro\]"):
        list(avro_rows(tmp_path / "a.avro"))

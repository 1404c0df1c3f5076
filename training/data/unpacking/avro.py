"""Rows of an Avro file, by fastavro (extra ``avro``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from models.errors import TrainingDataError


def avro_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every record; bytes as text, times in ISO.

    Raises:
        TrainingDataError: fastavro is missing, or the file is no Avro.
    """
    try:
        import fastavro
    except ModuleNotFoundError:
        raise TrainingDataError(
            f"{path.name}: reading Avro needs fastavro, which is not installed. "
            "In the clone: pip install -e '.[avro]'"
        ) from None
    try:
        with path.open("rb") as file:
            for record in fastavro.reader(file):
                if not isinstance(record, dict):
                    raise TrainingDataError(f"{path.name}: expected records, got a {type(record).__name__}.")
                yield {name: _plain(value) for name, value in record.items()}
    except (ValueError, EOFError, KeyError, IndexError, TypeError) as error:
        raise TrainingDataError(f"{path.name}: expected a whole Avro file, got an error: {error}.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
